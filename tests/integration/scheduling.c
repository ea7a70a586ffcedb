/* Prints how a process is scheduled, by its id: policy nice priority flags runtime deadline period. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct scheduling /* struct sched_attr of Linux 5.3 */
{
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t utilization_minimum, utilization_maximum;
};

int
main (int argc, char **argv)
{
  struct scheduling is = { 0 };
  if (argc != 2 || syscall (SYS_sched_getattr, atoi (argv[1]), &is, sizeof is, 0) < 0)
    {
      perror ("sched_getattr");
      return 1;
    }
  printf ("%u %d %u 0x%llx %llu %llu %llu\n", is.policy, is.nice, is.priority, (unsigned long long)is.flags,
          (unsigned long long)is.runtime, (unsigned long long)is.deadline, (unsigned long long)is.period);
  return 0;
}
