/* A program whose first thread ends while another continues: /proc shows it as a zombie. */
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *
go_on (void *nothing)
{
  for (;;)
    (void)pause ();
  return nothing;
}

int
main (void)
{
  pthread_t other;
  if (pthread_create (&other, NULL, go_on, NULL) != 0)
    return 1;
  (void)syscall (SYS_exit, 0);
}
