/*
 * The observer of a container: a husk process outside the container's namespaces and cgroup. It receives the
 * container's listeners at a socket in the record's directory, and ends with the container.
 */
#ifndef HUSK_CONTAINER_OBSERVER_H
#define HUSK_CONTAINER_OBSERVER_H

#include "husk/container.h"
#include "load_config.h"

struct observer_process
{
  struct observer observer; /* its options; husk owns the descriptors until the observer begins */
  pid_t pid;                /* 0: none */
  int pidfd, life;
  int reports; /* --seccomp-explain-dir, and the name of the files there; or -1 */
  const char *report;
  bool standing; /* an option before the command asks for it: its errors fail no command */
  bool told;     /* it also writes to the container's standard error */
  bool terminal; /* that is a terminal, which there is when husk-init is set up */
};

/* Checks the options and fills in the observer's. */
int observer_prepare (const struct globals *globals, const struct create_options *options, bool foreground,
                      struct loaded_config *loaded, struct observer_process *out, struct error *error);
/* Opens the output file before anything is made, so that one that cannot be written is an error here. Its contents stay
 * until observer_empty, when it is certain that there will be a container. */
int observer_open (struct observer_process *process, struct error *error);
void observer_empty (struct observer_process *process);
/* Starts the observer, if there is to be one: its socket in the record's directory, and its process. */
int observer_begin (struct observer_process *process, int directory, struct record *record, struct error *error);
/* Sends the observer the pidfd of the process to wait for, and with it the terminal to write to. Call it right after
 * the clone, and again when husk-init is set up, which is when there is a terminal. */
void observer_follow (struct observer_process *process, int pidfd, bool set_up);
/* Waits briefly until it has ended, and closes what is left. Its file is then written if observer_follow was called;
 * without that, nothing is written. false: it is still running, and a warning was logged. */
bool observer_end (struct observer_process *process);
/* The same for the observer that the record names. If it does not end, it is killed. */
void observer_end_recorded (const struct record *record);
/* After either: logs its remark. -1 when its output, a recorded profile or denied calls, is lost. Call it only once.
 * directory is the record's. */
int observer_ended (int directory, enum observing mode, struct error *error);
struct ending;
/* The file in the record's directory that shows how an observer ended: its first line, at once, and the rest. -1 with
 * errno. */
int observer_note_begin (int note, const struct observer_process *process);
void observer_note_end (int note, const struct observer *observer, const struct error *error,
                        const struct ending *ending);
/* What the note has about the program's end. */
void observer_noted (int directory, struct ending *out);

#endif
