/*
 * The observer of a container: a process of husk's beside it, outside of its namespaces and cgroup, that takes its
 * listeners at a socket in the record's directory. It ends with the container.
 */
#ifndef HUSK_CONTAINER_OBSERVER_H
#define HUSK_CONTAINER_OBSERVER_H

#include "husk/container.h"
#include "load_config.h"

struct observer_process
{
  struct observer observer; /* its options; its descriptors belong to us until it begins */
  pid_t pid;                /* 0: there is none */
  int pidfd, life;
};

/* What the options ask for. */
int observer_prepare (const struct create_options *options, bool foreground, struct loaded_config *loaded,
                      struct observer_process *out, struct error *error);
/* Opens the file to explain into, before anything is made: one that cannot be written is found here. What is in it
 * stays, until it is known that there will be a container. */
int observer_open (struct observer_process *process, struct error *error);
void observer_empty (const struct observer_process *process);
/* Begins to observe, if that is asked for: the socket in the record's directory, the process. */
int observer_begin (struct observer_process *process, int directory, struct record *record, struct error *error);
/* Tells the observer which process to wait for. */
void observer_follow (struct observer_process *process, int pidfd);
/* Waits until it has ended, a moment at most, and closes what is left. After observer_follow its file is written then,
 * without it nothing is. false: it is still running, which has been reported. */
bool observer_end (struct observer_process *process);
/* The same for the observer that the record names; one that does not end is killed. */
void observer_end_recorded (const struct record *record);
/* After either: says what it has to remark; -1 when what it was to write, a recorded profile or denied calls, is lost.
 * It is not asked twice. directory is the record's. */
int observer_ended (int directory, enum observing mode, struct error *error);

#endif
