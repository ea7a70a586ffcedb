/*
 * The life of a container on the host: its record on disk, and the operations of runtime.md on it.
 *
 * The record (<root>/<id>/state.json, beside config.json as it was at create) is written before anything else is made,
 * and removed after everything else is gone. So `delete --force` can clean up by the record alone, whenever husk was
 * killed.
 */
#ifndef HUSK_CONTAINER_H
#define HUSK_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

#include "husk/cgroup.h"
#include "husk/compile.h"
#include "husk/privilege.h"
#include "husk/resctrl.h"

struct globals /* the options before the command */
{
  const char *root; /* of the records */
  bool root_shared; /* it is in a world-writable directory: it must be owned by this user with mode 0700 */
  enum cgroup_manager cgroup_manager;
  bool debug;
  enum privilege_policy privileged_seccomp;
  bool agent_owner;        /* --listener-owner: the agent must belong to root or husk's user */
  unsigned agent_patience; /* milliseconds that a seccomp agent gets for each part of a handover */
  /* for every container that is created */
  const char *explain_dir, *record_dir; /* files about its denied calls, and a recorded profile, go there; or NULL */
  bool explain_stderr;                  /* denied calls go to its standard error */
  bool explain_annotation;              /* the same if its annotation asks for it */
};

/* Sets the root without --root: /run/husk for root. For an ordinary user, and for root in a user namespace who may not
 * write to /run, it is $XDG_RUNTIME_DIR/husk, /run/user/UID/husk or /tmp/husk-UID. */
void globals_default_root (struct globals *globals);

enum status
{
  STATUS_CREATING,
  STATUS_CREATED,
  STATUS_RUNNING,
  STATUS_PAUSED,
  STATUS_STOPPED,
};
const char *status_word (enum status status);

struct record
{
  const char *id, *bundle, *rootfs, *oci_version, *created; /* created: RFC 3339 with nanoseconds */
  const char *boot_id;                                      /* a record of an earlier boot has no processes */
  bool earlier_boot;      /* the record is from an earlier boot: its processes and its cgroup are gone */
  uint32_t owner;         /* uid */
  pid_t creator;          /* the process that writes it while it is `creating` */
  uint64_t creator_start; /* /proc/PID/stat field 22: excludes pid reuse */
  pid_t pid;              /* of husk-init, later of the program; 0 before it exists */
  uint64_t pid_start;
  uint64_t init_device, init_inode; /* inode of husk-init's memfd; 0: none; PROCESS_INIT_UNKNOWN: not recorded */
  const struct globals *globals;    /* where it was read; NULL: this process is the creator */
  bool creating;                    /* create has not finished, and the creator was alive when the record was read */
  bool created_done;                /* create has finished */
  bool started;                     /* start has been called */
  uint64_t cgroup_number;           /* inode number of the cgroup's directory (cgroup_number); 0: unknown */
  bool owns_cgroup; /* husk made the cgroup, or found it unused: its processes are the container's and may be killed */
  struct cgroup cgroup;
  struct resctrl resctrl; /* group NULL: none */
  struct json_pairs annotations;
  uint64_t namespaces; /* CLONE_NEW* flags of the namespaces in which the container differs from husk */

  /* What confines the program: start and exec follow it */
  const char *profile;  /* "config.json", or the argument of --seccomp-profile or --config */
  bool own_profile;     /* the profile is saved beside the config */
  bool privileged;      /* --privileged */
  bool errno_for_newer; /* --seccomp-enosys=off */
  bool no_new_keyring;  /* --no-new-keyring */
  enum confinement confinement;
  enum observing observing;
  pid_t observer; /* 0: none */
  uint64_t observer_start;

  /* What start and delete would otherwise read from the saved config */
  bool has_process, has_poststart, has_poststop, has_listener, has_notify;

  const char *end_cause, *end_text; /* not recorded: what ended it, as state found out; or NULL */
};

struct create_options
{
  const char *id, *bundle, *pid_file, *console_socket, *pidfd_socket;
  const char *config; /* --config; NULL: the bundle's config.json */
  bool no_pivot, no_new_keyring, detach, keep, no_subreaper;
  uint32_t preserve_fds;
  bool privileged;
  bool errno_for_newer;             /* --seccomp-enosys=off */
  const char *seccomp_profile;      /* Unconfined, RuntimeDefault, Localhost:PATH; NULL: the config's */
  const char *seccomp_profile_root; /* the root of Localhost's PATH; NULL: the kubelet's */
  struct
  {
    bool explain;                  /* report what the profile denies */
    const char *explain_file;      /* there; NULL: to standard error */
    bool permissive;               /* only report it: the call is still made */
    const char *fix;               /* the file for the profile that also allows what was denied; NULL: none */
    const char *record;            /* write the profile that the program needs there; NULL: no */
    struct observer_format format; /* of what is recorded */
    bool never;                    /* whatever the options before the command ask for */
    int lost; /* when the agent dies: errno of notified calls, OBSERVE_KILL; 0: the kernel's answer */
  } observe;
};
int container_create (const struct globals *globals, const struct create_options *options, struct error *error);
/* Does create and start in one process. In the foreground it waits and returns the program's status (128+N for a
 * signal). A failure has the status 128+SIGSYS if the profile killed the program at execve, otherwise 0. */
int container_run (const struct globals *globals, const struct create_options *options, int *out_status,
                   struct error *error);
int container_start (const struct globals *globals, const char *id, struct error *error);

struct exec_options
{
  const char *id, *process_file, *pid_file, *console_socket, *pidfd_socket;
  bool detach, tty, ignore_paused;
  bool no_new_privs;
  const char *cwd, *user, *apparmor, *label;
  const char **env, **args, **capabilities; /* NULL-terminated, or NULL */
  const char **additional_gids;
  const char **cgroups; /* "PATH" or "CONTROLLER:PATH" below the container's */
  uint32_t preserve_fds;
};
int container_exec (const struct globals *globals, const struct exec_options *options, int *out_status,
                    struct error *error);
int container_kill (const struct globals *globals, const char *id, int signal, bool all, struct error *error);
int container_delete (const struct globals *globals, const char *id, bool force, struct error *error);
/* Freeze and thaw all of its processes. */
int container_pause (const struct globals *globals, const char *id, struct error *error);
int container_resume (const struct globals *globals, const char *id, struct error *error);
/* The pids of its processes as husk sees them: malloc'd. */
int container_processes (const struct globals *globals, const char *id, pid_t **out, size_t *out_count,
                         struct error *error);
/* Calls line with the container's statistics as JSON, at once and then at each interval (milliseconds; 0: only once),
 * and with an event for each OOM kill, until the container ends. line returns -1 with errno to stop. */
int container_events (const struct globals *globals, const char *id, int64_t interval,
                      int (*line) (const char *json, void *data), void *data, struct error *error);
struct update_options
{
  const char *id;
  const char *file;                       /* resources as JSON; "-": standard input; NULL: those below */
  const struct spec_resources *resources; /* from the command line */
  const struct json_document *document;   /* an empty one: the caller resolves the origins of errors */
  const char *l3_cache_schema, *mem_bw_schema;
};
/* Changes the limits of a container that is created, running or paused. */
int container_update (const struct globals *globals, const struct update_options *options, struct error *error);
/* Listens at a socket for the terminal that --console-socket sends there, and relays it until its end. Also 0 if a
 * signal has ended it: signals_status. */
int container_receive_terminal (const char *path, struct error *error);
/* The pid of its program as husk sees it, and a pidfd, which is returned: the pid is the program's as long as the pidfd
 * takes signals. -1: an error (ERROR_NOT_RUNNING) when it has ended. */
int container_pid (const struct globals *globals, const char *id, pid_t *out, struct error *error);
/* The state of runtime.md as JSON, into malloc'd memory. */
int container_state (const struct globals *globals, const char *id, char **out_json, struct error *error);

/* The ids of the containers in the state directory, sorted; some may be deleted meanwhile, or damaged. */
int container_ids (const struct globals *globals, struct arena *arena, char ***out, size_t *out_count,
                   struct error *error);
/* Calls each for every container, sorted by id, and bad for each one that cannot be inspected. Containers that are
 * deleted meanwhile are left out. */
int container_list (const struct globals *globals, void (*each) (const struct record *, enum status, void *),
                    void (*bad) (const struct error *, void *), void *data, struct error *error);
/* Writes the state as an object. key NULL: as an array's element, or at the top. */
void state_write (struct json_writer *writer, const char *key, const struct record *record, enum status status);

#endif
