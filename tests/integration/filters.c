/*
 * A process with filters of its own making, for who reads them: `filters [first|second]`. Three that deny mkdir in
 * different ways, the oldest of which also denies a number that no kernel has, and calculates with getpriority's first
 * argument by each kind of instruction;
 * with "first" or "second" one of two threads has another one. Prints what the kernel makes of its calls, "ready TID",
 * and stays until its input ends.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBER BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr))
#define FIRST BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, args))
#define ALU(op, k) BPF_STMT (BPF_ALU | op | BPF_K, k)
#define ALU_X(op) BPF_STMT (BPF_ALU | op | BPF_X, 0)
#define RETURN(word) BPF_STMT (BPF_RET | BPF_K, word)

static int
load (struct sock_filter *program, size_t count)
{
  struct sock_fprog all = { (unsigned short)count, program };
  return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all);
}

static int
deny (int number, uint32_t answer)
{
  struct sock_filter program[] = { NUMBER, BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
                                   RETURN (answer), RETURN (SECCOMP_RET_ALLOW) };
  return load (program, sizeof program / sizeof *program);
}

/* getpriority gets an errno between 1 and 127 that its first argument decides. */
static int
calculate (void)
{
  struct sock_filter program[] = {
    NUMBER,
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
    RETURN (SECCOMP_RET_ERRNO | 7),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 70000, 0, 1),
    RETURN (SECCOMP_RET_ERRNO | 7),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 1, 0),
    RETURN (SECCOMP_RET_ALLOW),
    FIRST,
    BPF_STMT (BPF_MISC | BPF_TAX, 0),
    BPF_STMT (BPF_STX, 3),
    ALU (BPF_MUL, 2654435761u),
    ALU (BPF_RSH, 7),
    ALU_X (BPF_XOR),
    BPF_STMT (BPF_ST, 9),
    BPF_STMT (BPF_LDX | BPF_MEM, 3),
    ALU_X (BPF_SUB),
    ALU (BPF_LSH, 1),
    BPF_STMT (BPF_LDX | BPF_W | BPF_LEN, 0),
    ALU_X (BPF_ADD),
    BPF_STMT (BPF_ALU | BPF_NEG, 0),
    ALU (BPF_DIV, 3),
    BPF_STMT (BPF_LDX | BPF_MEM, 9),
    BPF_JUMP (BPF_JMP | BPF_JGT | BPF_X, 0, 0, 1),
    ALU (BPF_OR, 64),
    BPF_STMT (BPF_LDX | BPF_IMM, 2),
    ALU_X (BPF_RSH),
    ALU (BPF_AND, 63),
    ALU (BPF_ADD, 1),
    ALU (BPF_OR, SECCOMP_RET_ERRNO),
    BPF_STMT (BPF_RET | BPF_A, 0),
  };
  return load (program, sizeof program / sizeof *program);
}

static void
say (const char *call, long argument, long result)
{
  (void)printf ("%s %ld %d\n", call, argument, result < 0 ? errno : 0);
}

static void *
wait_here (void *more)
{
  char byte;
  if (more && deny (SYS_rmdir, SECCOMP_RET_KILL_THREAD) < 0)
    perror ("filters");
  (void)printf ("ready %ld\n", (long)syscall (SYS_gettid));
  (void)fflush (stdout);
  while (read (0, &byte, 1) > 0)
    ;
  return NULL;
}

int
main (int argc, char **argv)
{
  pthread_t other;
  const char *which = argc > 1 ? argv[1] : "";
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || calculate () < 0 || deny (SYS_mkdir, SECCOMP_RET_ERRNO | 9) < 0
      || deny (SYS_mkdir, SECCOMP_RET_LOG) < 0)
    {
      perror ("filters");
      return 1;
    }
  say ("mkdir", 0, mkdir ("/nowhere/at/all", 0700));
  for (long i = 1; i < 400000000; i = 3 * i + 1)
    say ("getpriority", i, syscall (SYS_getpriority, i, 0));
  if (*which && pthread_create (&other, NULL, wait_here, strcmp (which, "second") == 0 ? &other : NULL) != 0)
    return 1;
  (void)wait_here (strcmp (which, "first") == 0 ? &other : NULL);
  return *which ? pthread_join (other, NULL) : 0;
}
