/*
 * Checkpoint and restore: a container's processes written into files by CRIU, and made again from them. husk-criu
 * (src/criu) speaks with CRIU; the room says what it is told, and does for the record, the cgroup and the hooks what
 * delete and run do.
 */
#ifndef HUSK_CHECKPOINT_H
#define HUSK_CHECKPOINT_H

#include "husk/container.h"

struct criu_options /* of checkpoint and restore */
{
  const char *image_path, *work_path; /* NULL: "checkpoint" in the working directory; as image_path */
  const char *cgroups_mode;           /* soft (NULL), full, strict, ignore */
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
/* Writes images of its processes by CRIU. The container is gone then, unless it is left running; if it fails it runs
 * on. */
int checkpoint_write (const struct globals *globals, const struct checkpoint_options *options, struct error *error);

struct restore_options
{
  struct create_options create;
  struct criu_options criu;
  const char *lsm_profile, *lsm_mount_context;
};
/* A container like that of `run`, whose processes are those of the images. */
int checkpoint_restore (const struct globals *globals, const struct restore_options *options, int *out_status,
                        struct error *error);

/* husk-criu and criu are there: what `features` says. */
bool checkpoint_possible (void);

#endif
