/*
 * Checkpoint and restore: CRIU writes a container's processes to files and restores them from these files. husk-criu
 * (src/criu) talks to CRIU. This room makes the requests, and handles the record, the cgroup and the hooks as delete
 * and run do.
 */
#ifndef HUSK_CHECKPOINT_H
#define HUSK_CHECKPOINT_H

#include "husk/container.h"

struct criu_options /* of checkpoint and restore */
{
  const char *image_path, *work_path; /* NULL: "checkpoint" in the working directory; the same as image_path */
  const char *cgroups_mode;           /* soft (NULL), full, strict, ignore */
  const char *network_lock;           /* iptables, nftables, skip; NULL: CRIU's default, or what the checkpoint used */
  bool tcp_established, tcp_skip_in_flight, tcp_close, link_remap, ext_unix_sk, shell_job, lazy_pages, file_locks,
      auto_dedup, empty_network;
};

struct checkpoint_options
{
  const char *id, *parent_path; /* parent_path: relative to image_path, as CRIU wants it */
  struct criu_options criu;
  bool leave_running, pre_dump;
  int status_fd;           /* or -1 */
  const char *page_server; /* "ADDRESS:PORT", or NULL */
};
/* Has CRIU write images of the container's processes. Afterwards the container is gone, unless it is left running. If
 * the dump fails, it keeps running. */
int checkpoint_write (const struct globals *globals, const struct checkpoint_options *options, struct error *error);

struct restore_options
{
  struct create_options create;
  struct criu_options criu;
  const char *lsm_profile, *lsm_mount_context;
};
/* Creates a container as `run` does, with the processes of the images. */
int checkpoint_restore (const struct globals *globals, const struct restore_options *options, int *out_status,
                        struct error *error);

/* Whether husk-criu and criu are installed, for `features`. */
bool checkpoint_possible (void);

#endif
