/*
 * Makes a denied call from a page that another process, which shares the memory, overwrites with nops while the call
 * waits for its answer: again and again, each time a little later. Every attempt is a process of its own. "survived N":
 * so many went on after the call that was to end them; "ended N": so many it ended.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DENIED SYS_reboot
#if defined(__x86_64__)
static const unsigned char code[] = { 0x0f, 0x05, 0xc3 }, nothing[] = { 0x90, 0x90 }; /* syscall; ret */
#elif defined(__aarch64__)
static const unsigned int code[] = { 0xd4000001, 0xd65f03c0 }, nothing[] = { 0xd503201f }; /* svc #0; ret */
#endif

static struct
{
  unsigned char *page;
  volatile long delay;
  volatile int begun;
} shared;

static int
overwrite (void *argument)
{
  (void)argument;
  while (!shared.begun)
    ;
  for (long i = shared.delay; i > 0; i--)
    __asm__ volatile("");
  memcpy (shared.page, nothing, sizeof nothing);
  __builtin___clear_cache ((char *)shared.page, (char *)shared.page + sizeof code);
  _exit (0);
}

/* What the call has left as its result; its own number if it was overwritten before it was made. */
static long
call_page (void)
{
#if defined(__x86_64__)
  long result = DENIED;
  __asm__ volatile("movl $1, %1\n\tcall *%2"
                   : "+a"(result), "=m"(shared.begun)
                   : "r"(shared.page), "D"(0L), "S"(0L), "d"(0L)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long number __asm__("x8") = DENIED, result __asm__("x0") = DENIED;
  shared.begun = 1;
  __asm__ volatile("blr %2" : "+r"(number), "+r"(result) : "r"(shared.page) : "x30", "memory");
  return result;
#endif
}

static void
attempt (long delay)
{
  shared.page = mmap (NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *stack = malloc (65536);
  memcpy (shared.page, code, sizeof code);
  __builtin___clear_cache ((char *)shared.page, (char *)shared.page + sizeof code);
  shared.delay = delay;
  if (clone (overwrite, stack + 65536, CLONE_VM, NULL) < 0)
    _exit (3);
  _exit (call_page () == DENIED ? 2 : 0);
}

int
main (void)
{
  int survived = 0, ended = 0;
  for (long delay = 500; delay < 300000; delay += delay / 4)
    {
      int status;
      pid_t child = fork ();
      if (child == 0)
        attempt (delay);
      if (waitpid (child, &status, 0) != child)
        return 1;
      survived += WIFEXITED (status) && WEXITSTATUS (status) == 0;
      ended += WIFSIGNALED (status);
    }
  printf ("survived %d\n%s\n", survived, ended ? "ended" : "never ended");
  return 0;
}
