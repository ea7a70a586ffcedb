/*
 * A seccomp agent: takes the listeners of containers over a Unix socket, says what calls are notified and answers them
 * by a policy. For trying profiles, and the tests' own.
 */
#ifndef HUSK_AGENT_H
#define HUSK_AGENT_H

#include "husk/json.h"

enum agent_answer
{
  AGENT_CONTINUE, /* the kernel makes the call */
  AGENT_ERRNO,    /* it fails with errno_ret */
  AGENT_KILL,     /* the process gets SIGKILL */
};

struct agent_rule
{
  origin_t node;
  struct json_strings names;
  struct json_enum answer; /* enum agent_answer */
  struct json_uint errno_ret;
};
struct agent_policy
{
  origin_t node;
  struct json_enum default_answer; /* absent: continue */
  struct json_uint default_errno_ret;
  JSON_ARRAY_OF (struct agent_rule) rules;
};

/* Reads {"defaultAnswer", "defaultErrnoRet", "rules": [{"names", "answer", "errnoRet"}]}. */
int agent_policy_load (const char *file, struct arena *arena, struct agent_policy *out, struct error *error);
/* Listens at path (made with mode 0600) and serves until SIGTERM or SIGINT; each container process state and each call
 * is a line of JSON on stdout. */
int agent_serve (const char *path, const struct agent_policy *policy, struct error *error);

#endif
