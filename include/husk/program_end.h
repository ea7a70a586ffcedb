/*
 * The words and the exit status for how a program ended, and the names of signals. husk (src/base/program_end.c) and
 * husk-init (src/init/hook.c) each compose their own messages from them, since husk-init links none of husk's
 * libraries.
 */
#ifndef HUSK_PROGRAM_END_H
#define HUSK_PROGRAM_END_H

#include <signal.h>

/* The exit status for death by a signal, as in shells: 128 + N. */
#define STATUS_OF_SIGNAL(signal) (128 + (signal))

/* "exited with status 3", "was killed by signal 9 (SIGKILL)", each with ": " and what the program printed last */
#define END_EXITED "exited with status "
#define END_KILLED "was killed by signal "
/* "was still running after 5 s and was killed" */
#define END_LATE "was still running after "
#define END_INTERRUPTED "was still running when husk was interrupted by "
#define END_LATE_KILLED " and was killed"
#define END_LATE_ALIVE ", was killed, and has not ended"
#define END_LATE_SPARED ", and cannot be killed" /* another user's set-user-ID program */

#define END_WORDS_KEPT 300 /* bytes of what it printed last */

#ifdef SIGSTKFLT
#define SIGNAL_NAME_STKFLT(ROW) ROW (SIGSTKFLT)
#else
#define SIGNAL_NAME_STKFLT(ROW)
#endif

#define SIGNAL_NAMES(ROW)                                                                                              \
  ROW (SIGHUP)                                                                                                         \
  ROW (SIGINT)                                                                                                         \
  ROW (SIGQUIT)                                                                                                        \
  ROW (SIGILL)                                                                                                         \
  ROW (SIGTRAP)                                                                                                        \
  ROW (SIGABRT)                                                                                                        \
  ROW (SIGBUS)                                                                                                         \
  ROW (SIGFPE)                                                                                                         \
  ROW (SIGKILL)                                                                                                        \
  ROW (SIGUSR1)                                                                                                        \
  ROW (SIGSEGV)                                                                                                        \
  ROW (SIGUSR2)                                                                                                        \
  ROW (SIGPIPE)                                                                                                        \
  ROW (SIGALRM)                                                                                                        \
  ROW (SIGTERM)                                                                                                        \
  SIGNAL_NAME_STKFLT (ROW)                                                                                             \
  ROW (SIGCHLD)                                                                                                        \
  ROW (SIGCONT)                                                                                                        \
  ROW (SIGSTOP)                                                                                                        \
  ROW (SIGTSTP)                                                                                                        \
  ROW (SIGTTIN)                                                                                                        \
  ROW (SIGTTOU)                                                                                                        \
  ROW (SIGURG)                                                                                                         \
  ROW (SIGXCPU)                                                                                                        \
  ROW (SIGXFSZ)                                                                                                        \
  ROW (SIGVTALRM)                                                                                                      \
  ROW (SIGPROF)                                                                                                        \
  ROW (SIGWINCH)                                                                                                       \
  ROW (SIGIO)                                                                                                          \
  ROW (SIGPWR)                                                                                                         \
  ROW (SIGSYS)

#endif
