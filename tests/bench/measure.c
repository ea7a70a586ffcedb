/*
 * Times commands against each other, interleaved: `measure RUNS FILE`, where each line of FILE is a name, a tab and a
 * shell-free command line, in which the word ; begins another command. After a second tab may be commands that run
 * before it, after a third those that run after it; they are not measured. Prints for each the least and the median
 * wall time, CPU time, page faults and peak RSS of all its processes that were waited for. Exits with 1 if one that it
 * measures fails.
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

#define WORDS_MAX 64

enum part
{
  PART_MEASURED,
  PART_BEFORE,
  PART_AFTER,
  PART_COUNT
};

struct command
{
  char *name, *words[PART_COUNT][WORDS_MAX + 1];
  double wall[RUNS_MAX], cpu;
  long faults, rss;
};

struct cost
{
  double cpu;
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

/* One program, without input and output: 0 and its cost, or its wait status. */
static int
execute (char **argv, struct cost *cost)
{
  struct rusage usage;
  int status, nothing = open ("/dev/null", O_RDWR | O_CLOEXEC);
  pid_t child = vfork ();
  if (child == 0)
    {
      (void)dup2 (nothing, 0);
      (void)dup2 (nothing, 1);
      (void)execvp (argv[0], argv);
      _exit (127);
    }
  (void)wait4 (child, &status, 0, &usage);
  (void)close (nothing);
  cost->cpu += milliseconds (usage.ru_utime) + milliseconds (usage.ru_stime);
  cost->faults += usage.ru_minflt + usage.ru_majflt;
  cost->rss = usage.ru_maxrss > cost->rss ? usage.ru_maxrss : cost->rss;
  return status;
}

/* Commands one after another: each ends with a null, the last with two. 0 if all of them succeed. */
static int
execute_all (const char *name, char **words, struct cost *cost)
{
  int result = 0;
  while (*words)
    {
      int status = execute (words, cost);
      if (status != 0)
        {
          (void)fprintf (stderr, "%s: %s: wait status %x\n", name, words[0], (unsigned)status);
          result = -1;
        }
      while (*words)
        words++;
      words++;
    }
  return result;
}

static int
run (struct command *command, int index)
{
  struct cost cost = { 0 }, other = { 0 };
  (void)execute_all (command->name, command->words[PART_BEFORE], &other); /* what is measured fails if it needs that */
  double start = now ();
  int result = execute_all (command->name, command->words[PART_MEASURED], &cost);
  command->wall[index] = now () - start;
  (void)execute_all (command->name, command->words[PART_AFTER], &other);
  if (index == 0 || cost.cpu < command->cpu)
    command->cpu = cost.cpu;
  command->faults = cost.faults;
  command->rss = cost.rss;
  return result;
}

static int
compare (const void *a, const void *b)
{
  double one = *(const double *)a, two = *(const double *)b;
  return one < two ? -1 : one > two;
}

static void
read_words (char *text, char **words)
{
  int count = 0;
  for (char *word; count < WORDS_MAX - 1 && (word = strsep (&text, " "));)
    if (*word)
      words[count++] = strcmp (word, ";") == 0 ? NULL : word;
}

static int
read_commands (FILE *file, struct command *commands)
{
  char line[4096];
  int count = 0;
  while (count < COMMANDS_MAX && fgets (line, sizeof line, file))
    {
      char *rest = strdup (line);
      rest[strcspn (rest, "\n")] = '\0';
      commands[count].name = strsep (&rest, "\t");
      for (int part = 0; rest && part < PART_COUNT; part++)
        read_words (strsep (&rest, "\t"), commands[count].words[part]);
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
  int count = read_commands (file, commands), failed = 0;
  for (int r = 0; r < runs; r++)
    for (int c = 0; c < count; c++)
      failed |= run (&commands[c], r) != 0;
  (void)printf ("%-28s %9s %9s %9s %8s %9s\n", "", "min ms", "med ms", "cpu ms", "faults", "RSS KB");
  for (int c = 0; c < count; c++)
    {
      qsort (commands[c].wall, (size_t)runs, sizeof (double), compare);
      (void)printf ("%-28s %9.2f %9.2f %9.2f %8ld %9ld\n", commands[c].name, commands[c].wall[0],
                    commands[c].wall[runs / 2], commands[c].cpu, commands[c].faults, commands[c].rss);
    }
  return failed;
}
