/*
 * Times commands against each other, interleaved: `measure RUNS FILE`, where each line of FILE is a name, a tab and a
 * shell-free command line. Prints for each the least and the median wall time, CPU time, page faults and peak RSS of
 * all its processes that were waited for.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 32
#define RUNS_MAX 1000

struct command
{
  char *name, *argv[64];
  double wall[RUNS_MAX], cpu;
  long faults, rss;
};

static double
now (void)
{
  struct timespec time;
  (void)clock_gettime (CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double
milliseconds (struct timeval time)
{
  return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

static void
run (struct command *command, int index)
{
  struct rusage usage;
  int status, nowhere = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  double start = now ();
  pid_t child = vfork ();
  if (child == 0)
    {
      (void)dup2 (nowhere, 1);
      (void)execvp (command->argv[0], command->argv);
      _exit (127);
    }
  (void)wait4 (child, &status, 0, &usage);
  command->wall[index] = now () - start;
  (void)close (nowhere);
  if (status != 0)
    (void)fprintf (stderr, "%s: status %x\n", command->name, status);
  double cpu = milliseconds (usage.ru_utime) + milliseconds (usage.ru_stime);
  if (index == 0 || cpu < command->cpu)
    command->cpu = cpu;
  command->faults = usage.ru_minflt + usage.ru_majflt;
  command->rss = usage.ru_maxrss;
}

static int
compare (const void *a, const void *b)
{
  double one = *(const double *)a, two = *(const double *)b;
  return one < two ? -1 : one > two;
}

static int
read_commands (FILE *file, struct command *commands)
{
  char line[4096];
  int count = 0;
  while (count < COMMANDS_MAX && fgets (line, sizeof line, file))
    {
      int words = 0;
      char *rest = strdup (line);
      rest[strcspn (rest, "\n")] = '\0';
      commands[count].name = strsep (&rest, "\t");
      for (char *word; rest && words < 63 && (word = strsep (&rest, " "));)
        if (*word)
          commands[count].argv[words++] = word;
      count++;
    }
  return count;
}

int
main (int argc, char **argv)
{
  static struct command commands[COMMANDS_MAX];
  int runs = argc == 3 ? atoi (argv[1]) : 0;
  FILE *file = argc == 3 ? fopen (argv[2], "r") : NULL;
  if (!file || runs < 1 || runs > RUNS_MAX)
    return 2;
  int count = read_commands (file, commands);
  for (int r = 0; r < runs; r++)
    for (int c = 0; c < count; c++)
      run (&commands[c], r);
  (void)printf ("%-28s %9s %9s %9s %8s %9s\n", "", "min ms", "med ms", "cpu ms", "faults", "RSS KB");
  for (int c = 0; c < count; c++)
    {
      qsort (commands[c].wall, (size_t)runs, sizeof (double), compare);
      (void)printf ("%-28s %9.2f %9.2f %9.2f %8ld %9ld\n", commands[c].name, commands[c].wall[0],
                    commands[c].wall[runs / 2], commands[c].cpu, commands[c].faults, commands[c].rss);
    }
  return 0;
}
