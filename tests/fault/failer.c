/*
 * Runs a command of husk and makes one system call of its process tree fail: not executed, its result is the error.
 *
 *   failer [-n PROCESS:CALL] [-e ERRNO] [-p PID] [-t SECONDS] [-u ID] -o REPORT COMMAND...
 *
 * Processes are numbered in the order in which they appear, 0 is the command; -p adds one that is there already (the
 * container's husk-init, for start) as number 1; with -u the command is that user's, of that group. Calls are counted
 * from the process's birth, or its first execve. What is not husk's own program is left alone from its execve on: the
 * container's program, hooks, husk-systemd. As in the kernel, close closes even if it fails, and brk reports an error
 * only by the unchanged end.
 *
 * Without -n every call is listed. REPORT, a line each:
 *   call PROCESS CALL NUMBER      of the list
 *   point NUMBER ARGUMENT...      the call that failed
 *   payload PID, cgroup LINE...   husk-init has executed the program, which is in these cgroups of the host
 *   died PROCESS SIGNAL           by a signal that reports a fault in the program itself
 *   status N, signal N, hang      how the command ended
 */
#include <elf.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static long
trace (int request, pid_t pid, unsigned long address, void *data)
{
  return ptrace ((enum __ptrace_request)request, pid, address, data);
}

enum program
{
  PROGRAM_BEFORE, /* the command before its execve, calls do not count */
  PROGRAM_HUSK,
  PROGRAM_FORKED, /* a child before its execve */
  PROGRAM_INIT,
};

struct process
{
  pid_t pid;
  int index;
  long calls;
  enum program program;
  bool failing; /* the call has begun, its result has not been set */
};

static struct process processes[64];
static int process_count;
static int fail_process = -1, fail_code = ENOMEM;
static long fail_call;
static bool listing = true, done;
static unsigned user;
static FILE *report;
static pid_t command;

static struct process *
process_of (pid_t pid)
{
  for (int i = 0; i < process_count; i++)
    if (processes[i].pid == pid)
      return &processes[i];
  if (process_count == sizeof processes / sizeof *processes)
    exit (125);
  struct process *process = &processes[process_count];
  *process = (struct process){ .pid = pid, .index = process_count, .program = PROGRAM_FORKED };
  process_count++;
  return process;
}

static void
resume (struct process *process, int signal)
{
  bool step = !done && process->program != PROGRAM_BEFORE && (listing || process->index == fail_process);
  (void)trace (step || process->failing ? PTRACE_SYSCALL : PTRACE_CONT, process->pid, 0, (void *)(intptr_t)signal);
}

#if defined __x86_64__
static void
take_call_away (struct process *process, uint64_t number)
{
  struct user_regs_struct registers;
  struct iovec all = { &registers, sizeof registers };
  (void)trace (PTRACE_GETREGSET, process->pid, NT_PRSTATUS, &all);
  if (number == SYS_brk)
    registers.rdi = 0;
  else
    registers.orig_rax = (unsigned long long)-1;
  (void)trace (PTRACE_SETREGSET, process->pid, NT_PRSTATUS, &all);
  process->failing = number != SYS_brk;
}

static void
set_result (struct process *process)
{
  struct user_regs_struct registers;
  struct iovec all = { &registers, sizeof registers };
  (void)trace (PTRACE_GETREGSET, process->pid, NT_PRSTATUS, &all);
  registers.rax = (unsigned long long)-(long long)fail_code;
  (void)trace (PTRACE_SETREGSET, process->pid, NT_PRSTATUS, &all);
  process->failing = false;
}
#elif defined __aarch64__
static void
take_call_away (struct process *process, uint64_t number)
{
  int none = -1;
  struct iovec call = { &none, sizeof none };
  struct user_regs_struct registers;
  struct iovec all = { &registers, sizeof registers };
  if (number == SYS_brk)
    {
      (void)trace (PTRACE_GETREGSET, process->pid, NT_PRSTATUS, &all);
      registers.regs[0] = 0;
      (void)trace (PTRACE_SETREGSET, process->pid, NT_PRSTATUS, &all);
      return;
    }
  (void)trace (PTRACE_SETREGSET, process->pid, NT_ARM_SYSTEM_CALL, &call);
  process->failing = true;
}

static void
set_result (struct process *process)
{
  struct user_regs_struct registers;
  struct iovec all = { &registers, sizeof registers };
  (void)trace (PTRACE_GETREGSET, process->pid, NT_PRSTATUS, &all);
  registers.regs[0] = (unsigned long long)-(long long)fail_code;
  (void)trace (PTRACE_SETREGSET, process->pid, NT_PRSTATUS, &all);
  process->failing = false;
}
#else
#error "the registers of this machine are not known here"
#endif

/* These never fail in a kernel. (If -p interrupts a wait, calls are counted that the list may not have.) */
static bool
cannot_fail (uint64_t number)
{
  return number == SYS_umask || number == SYS_getpid || number == SYS_restart_syscall || number == SYS_exit
         || number == SYS_exit_group || number == SYS_getuid || number == SYS_geteuid;
}

/* musl looks at descriptors 0 to 2 before main of a program with changed ids, and crashes if it cannot. */
static bool
is_of_library (const struct process *process, const struct __ptrace_syscall_info *info)
{
#ifdef SYS_poll
  bool poll = info->entry.nr == SYS_poll;
#else
  bool poll = info->entry.nr == SYS_ppoll;
#endif
  return process->program == PROGRAM_INIT && process->calls < 30 && poll && info->entry.args[1] == 3;
}

static void
at_call (struct process *process)
{
  struct __ptrace_syscall_info info;
  if (trace (PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) < 0)
    return;
  if (info.op == PTRACE_SYSCALL_INFO_EXIT && process->failing)
    set_result (process);
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
    return;
  process->calls++;
  if (listing)
    (void)fprintf (report, "call %d %ld %llu\n", process->index, process->calls, (unsigned long long)info.entry.nr);
  else if (process->index == fail_process && process->calls == fail_call && !is_of_library (process, &info)
           && !cannot_fail (info.entry.nr))
    {
      (void)fprintf (report, "point %llu", (unsigned long long)info.entry.nr);
      for (int i = 0; i < 4; i++)
        (void)fprintf (report, " %#llx", (unsigned long long)info.entry.args[i]);
      (void)fprintf (report, "\n");
      if (info.entry.nr == SYS_close)
        process->failing = true;
      else
        take_call_away (process, info.entry.nr);
      done = true;
    }
}

static void
tell_payload (pid_t pid)
{
  char path[64], line[512];
  (void)snprintf (path, sizeof path, "/proc/%d/cgroup", (int)pid);
  (void)fprintf (report, "payload %d\n", (int)pid);
  FILE *file = fopen (path, "re");
  while (file && fgets (line, sizeof line, file))
    (void)fprintf (report, "cgroup %s", line);
  if (file)
    (void)fclose (file);
}

/* Whether the program that a process has just become is still one to follow. */
static bool
at_exec (struct process *process)
{
  char path[64], program[256] = "";
  (void)snprintf (path, sizeof path, "/proc/%d/exe", (int)process->pid);
  if (readlink (path, program, sizeof program - 1) < 0)
    return false;
  if (process->program == PROGRAM_BEFORE)
    process->program = PROGRAM_HUSK;
  else if (strncmp (program, "/memfd:husk-init", 16) == 0)
    process->program = PROGRAM_INIT;
  else
    {
      if (process->program == PROGRAM_INIT)
        tell_payload (process->pid);
      return false;
    }
  return true;
}

/* SIGILL is not a fault: husk-init ends by it if a filter may forbid exit. */
static bool
is_fault (int signal)
{
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGABRT || signal == SIGFPE || signal == SIGSYS;
}

static void
at_stop (pid_t pid, int status)
{
  struct process *process = process_of (pid);
  int signal = WSTOPSIG (status), event = status >> 16;
  if (signal == (SIGTRAP | 0x80))
    at_call (process);
  else if (event == PTRACE_EVENT_EXEC && !at_exec (process))
    {
      (void)trace (PTRACE_DETACH, pid, 0, NULL);
      return;
    }
  else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK)
    {
      unsigned long child = 0;
      if (trace (PTRACE_GETEVENTMSG, pid, 0, &child) == 0)
        (void)process_of ((pid_t)child);
    }
  else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP)
    {
      (void)trace (PTRACE_LISTEN, pid, 0, NULL);
      return;
    }
  else if (!event && process->program == PROGRAM_INIT && (signal == SIGILL || signal == SIGSEGV || signal == SIGBUS))
    {
      /* the first process of a pid namespace would survive it for as long as it is traced: it does it again untraced */
      if (is_fault (signal))
        (void)fprintf (report, "died %d %d\n", process->index, signal);
      (void)trace (PTRACE_DETACH, pid, 0, NULL);
      return;
    }
  resume (process, event || signal == (SIGTRAP | 0x80) ? 0 : signal);
}

static void
on_alarm (int signal)
{
  (void)signal;
}

/* Until the command has ended. Processes that are stopped here then continue, and the kernel releases the rest. */
static void
follow (void)
{
  int status;
  pid_t pid;
  bool ended = false;
  while ((pid = waitpid (-1, &status, __WALL | (ended ? WNOHANG : 0))) > 0)
    {
      if (WIFSTOPPED (status) && ended)
        {
          if (status >> 16 == PTRACE_EVENT_EXEC)
            (void)at_exec (process_of (pid));
          (void)trace (PTRACE_DETACH, pid, 0, NULL);
        }
      else if (WIFSTOPPED (status))
        at_stop (pid, status);
      else if (WIFSIGNALED (status) && is_fault (WTERMSIG (status)))
        (void)fprintf (report, "died %d %d\n", process_of (pid)->index, WTERMSIG (status));
      if (pid != command || WIFSTOPPED (status))
        continue;
      (void)fprintf (report, WIFEXITED (status) ? "status %d\n" : "signal %d\n",
                     WIFEXITED (status) ? WEXITSTATUS (status) : WTERMSIG (status));
      ended = true;
    }
  if (!ended)
    {
      (void)fprintf (report, "hang\n");
      (void)kill (command, SIGKILL);
    }
}

static pid_t
start (char **arguments, unsigned long options)
{
  int go[2];
  if (pipe (go) < 0)
    exit (125);
  pid_t pid = fork ();
  if (pid == 0)
    {
      char byte;
      (void)close (go[1]);
      if (read (go[0], &byte, 1) == 1)
        {
          (void)close (go[0]);
          if (!user || (setgroups (0, NULL) == 0 && setgid (user) == 0 && setuid (user) == 0))
            (void)execvp (arguments[0], arguments);
        }
      _exit (127);
    }
  (void)close (go[0]);
  process_of (pid)->program = PROGRAM_BEFORE;
  if (trace (PTRACE_SEIZE, pid, 0, (void *)options) < 0 || write (go[1], "", 1) != 1)
    exit (125);
  (void)close (go[1]);
  return pid;
}

int
main (int argc, char **argv)
{
  const unsigned long options
      = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
  pid_t other = 0;
  int letter;
  struct itimerval deadline = { .it_value = { .tv_sec = 20 } };
  while ((letter = getopt (argc, argv, "+n:e:p:t:u:o:")) > 0)
    if (letter == 'n')
      listing = sscanf (optarg, "%d:%ld", &fail_process, &fail_call) != 2;
    else if (letter == 'e')
      fail_code = (int)strtol (optarg, NULL, 10);
    else if (letter == 'p')
      other = (pid_t)strtol (optarg, NULL, 10);
    else if (letter == 't')
      deadline.it_value.tv_sec = strtol (optarg, NULL, 10);
    else if (letter == 'u')
      user = (unsigned)strtoul (optarg, NULL, 10);
    else if (letter == 'o')
      report = fopen (optarg, "we");
  if (!report || optind == argc)
    return 125;
  struct sigaction action = { .sa_handler = on_alarm };
  (void)sigaction (SIGALRM, &action, NULL);
  command = start (argv + optind, options);
  if (other)
    {
      process_of (other)->program = PROGRAM_INIT;
      if (trace (PTRACE_SEIZE, other, 0, (void *)options) < 0 || trace (PTRACE_INTERRUPT, other, 0, NULL) < 0)
        return 125;
    }
  (void)setitimer (ITIMER_REAL, &deadline, NULL);
  follow ();
  return fclose (report) == 0 ? 0 : 125;
}
