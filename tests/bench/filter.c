/*
 * What a filter costs: `filter CONFIG RUNS` compiles the seccomp profile of a config.json by husk and by libseccomp, as
 * it comes and as a tree of numbers, loads each in children and calls through it. Prints the least of RUNS times. "all"
 * is all architectures of the profile, "own" only the machine's. The calls: one that is allowed, one whose argument is
 * compared, one that no rule names.
 */
#include "../unit/library.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define CALLS 20000

enum maker
{
  MAKER_HUSK,
  MAKER_LIBRARY,
  MAKER_LIBRARY_TREE,
  MAKER_NONE
};
static const char *const makers[] = { "husk", "libseccomp", "libseccomp, tree", "no filter" };

struct costs /* least times; shared with the children */
{
  double compile, load, allowed, checked, unnamed; /* microseconds, nanoseconds for calls */
  uint32_t length;
};

static double
now (void) /* nanoseconds */
{
  struct timespec time;
  (void)clock_gettime (CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void
keep_least (double *least, double value)
{
  if (*least == 0 || value < *least)
    *least = value;
}

static double
call_cost (long number, long argument)
{
  double begin = now ();
  for (int i = 0; i < CALLS; i++)
    (void)syscall (number, argument);
  return (now () - begin) / CALLS;
}

/* In a child: whatever the filter denies afterwards, the times are in shared memory. */
static _Noreturn void
measure_child (const struct sock_filter *instructions, uint32_t length, struct costs *costs)
{
  struct sock_fprog program = { (unsigned short)length, (struct sock_filter *)instructions };
  if (length)
    {
      (void)prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      double begin = now ();
      if (syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) < 0)
        _exit (1);
      keep_least (&costs->load, (now () - begin) / 1e3);
    }
  keep_least (&costs->allowed, call_cost (SYS_getppid, 0));
  keep_least (&costs->checked, call_cost (SYS_personality, 0xffffffff));
  keep_least (&costs->unnamed, call_cost (600, 0));
  _exit (0);
}

/* Into an arena whose pages are untouched, as in a newly started runtime. */
static struct library_filter
husk_compile (const struct json_document *document, const struct spec_seccomp *profile)
{
  struct library_filter copy = { NULL, 0 };
  struct seccomp_filter filter;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct arena arena;
  if (arena_open (&arena, 1ul << 26) < 0 || seccomp_compile (document, profile, &arena, &filter, &report) < 0)
    return copy;
  copy.length = filter.length;
  copy.program = malloc (filter.length * sizeof *filter.program);
  memcpy (copy.program, filter.program, filter.length * sizeof *filter.program);
  arena_close (&arena);
  return copy;
}

static void
measure (enum maker maker, const struct json_document *document, const struct spec_seccomp *profile,
         struct costs *costs)
{
  struct library_filter filter = { NULL, 0 };
  for (int i = 0; i < 3 && maker != MAKER_NONE; i++) /* the fork before has left every page to be copied */
    {
      free (filter.program);
      double begin = now ();
      if (maker == MAKER_HUSK)
        filter = husk_compile (document, profile);
      else
        filter = library_compile (profile, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, maker == MAKER_LIBRARY_TREE ? 2 : 0);
      keep_least (&costs->compile, (now () - begin) / 1e3);
    }
  costs->length = filter.length;
  pid_t child = fork ();
  if (child == 0)
    measure_child (filter.program, filter.length, costs);
  int status;
  if (waitpid (child, &status, 0) != child || status != 0)
    (void)fprintf (stderr, "%s: the filter was not loaded (%x)\n", makers[maker], (unsigned)status);
  free (filter.program);
}

int
main (int argc, char **argv)
{
  struct json_document document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec spec = { 0 };
  int runs = argc == 3 ? atoi (argv[2]) : 0;
  char *text = runs > 0 ? read_text (".", argv[1]) : NULL;
  if (!text && runs > 0)
    text = read_text ("/", argv[1]);
  if (!text)
    return 2;
  (void)setup_arena (NULL);
  if (parse (text, &document, &error) < 0 || spec_decode (&document, &test_arena, &spec, &report) < 0 || !spec.linux_
      || !spec.linux_->seccomp)
    return 2;
  size_t size = 2 * (MAKER_NONE + 1) * sizeof (struct costs);
  struct costs *costs = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (costs == MAP_FAILED)
    return 1;
  uint32_t listed = spec.linux_->seccomp->architectures.count;
  for (int run = 0; run < runs; run++)
    for (int i = 0; i < 2 * (MAKER_NONE + 1); i++)
      {
        spec.linux_->seccomp->architectures.count = i % 2 ? listed : 0; /* none: the native one */
        measure ((enum maker) (i / 2), &document, spec.linux_->seccomp, &costs[i]);
      }
  (void)printf (
      "| filter | architectures | instructions | compile us | load us | allowed ns | checked ns | unnamed ns |\n"
      "|---|---|--:|--:|--:|--:|--:|--:|\n");
  for (int i = 0; i < 2 * MAKER_NONE + 1; i++)
    (void)printf ("| %s | %s | %u | %.1f | %.1f | %.0f | %.0f | %.0f |\n", makers[i / 2],
                  i / 2 == MAKER_NONE ? "-"
                  : i % 2             ? "all"
                                      : "own",
                  costs[i].length, costs[i].compile, costs[i].load, costs[i].allowed, costs[i].checked,
                  costs[i].unnamed);
  return 0;
}
