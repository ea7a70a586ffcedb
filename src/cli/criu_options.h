/*
 * Options that checkpoint and restore have in common.
 */
#ifndef HUSK_CLI_CRIU_OPTIONS_H
#define HUSK_CLI_CRIU_OPTIONS_H

#include <string.h>

#include "cli.h"
#include "husk/checkpoint.h"

#define CRIU_OPTIONS_HELP                                                                                              \
  "      --image-path DIR         the checkpoint's directory (default: ./checkpoint)\n"                                \
  "      --work-path DIR          the directory of CRIU's log (default: the same)\n"                                   \
  "      --manage-cgroups-mode soft|full|strict|ignore\n"                                                              \
  "                               how CRIU handles cgroups (default: soft)\n"                                          \
  "      --network-lock iptables|nftables|skip\n"                                                                      \
  "                               how CRIU holds up TCP connections\n"                                                 \
  "      --empty-ns network       leave the network namespace empty\n"                                                 \
  "      --tcp-established        allow TCP connections\n"                                                             \
  "      --ext-unix-sk            allow Unix sockets connected to the outside\n"                                       \
  "      --shell-job              allow a terminal of the caller\n"                                                    \
  "      --file-locks             allow file locks\n"                                                                  \
  "      --auto-dedup             keep each memory page only in the newest files\n"

enum
{
  CRIU_IMAGES = 256,
  CRIU_WORK,
  CRIU_CGROUPS,
  CRIU_NETWORK_LOCK,
  CRIU_EMPTY,
  CRIU_ESTABLISHED,
  CRIU_UNIX,
  CRIU_SHELL,
  CRIU_LOCKS,
  CRIU_DEDUP,
  CRIU_OPTION_COUNT,
};

/* clang-format off */
#define CRIU_OPTIONS                                                                                                   \
  { "image-path", required_argument, NULL, CRIU_IMAGES }, { "work-path", required_argument, NULL, CRIU_WORK },         \
  { "manage-cgroups-mode", required_argument, NULL, CRIU_CGROUPS },                                                    \
  { "network-lock", required_argument, NULL, CRIU_NETWORK_LOCK },                                                      \
  { "empty-ns", required_argument, NULL, CRIU_EMPTY }, { "tcp-established", no_argument, NULL, CRIU_ESTABLISHED },     \
  { "ext-unix-sk", no_argument, NULL, CRIU_UNIX }, { "shell-job", no_argument, NULL, CRIU_SHELL },                     \
  { "file-locks", no_argument, NULL, CRIU_LOCKS }, { "auto-dedup", no_argument, NULL, CRIU_DEDUP }
/* clang-format on */

/* 0, or -1 with the error logged. */
int criu_option (int option, struct criu_options *options);

#endif
