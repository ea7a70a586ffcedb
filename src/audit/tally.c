/*
 * Counts equal calls. A record has a unique stamp, so one that is in the input twice is counted once. The journal's
 * short form has no stamp, and the input may have both the journal's line and the kernel's line of the same
 * record, so the count of a group is the greater of the two. Everything is bounded: a log may have as many
 * different names as its programs like.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "husk/descriptor.h"

#define GROUPS_MAX 8192
#define SLOTS (1u << 16)
#define STAMPS_MAX (4u << 20)

struct audit_seen
{
  uint32_t groups[SLOTS]; /* 1 + the index of a group, by the hash of what it has in common; 0: none */
  uint64_t *stamps;       /* an open table of hashes, in the arena */
  size_t stamp_count, stamp_room;
};

static uint64_t
hash_text (uint64_t hash, const char *text)
{
  for (; *text; text++)
    hash = (hash ^ (unsigned char)*text) * 0x100000001b3ull;
  return (hash ^ 0xff) * 0x100000001b3ull;
}

static uint64_t
hash_call (const struct audit_call *call, const struct audit_place *place)
{
  uint64_t hash = 0xcbf29ce484222325ull ^ (uint64_t)(uint32_t)call->number << 32 ^ call->arch ^ call->code;
  const char *const texts[] = { call->comm, call->exe,       call->node,       call->name_space,
                                call->pod,  call->container, place->container, place->cgroup };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    hash = hash_text (hash, texts[i]);
  return hash ^ hash >> 29;
}

static bool
is_like (const struct audit_group *group, const struct audit_call *call, const struct audit_place *place)
{
  const struct audit_call *one = &group->call;
  return one->number == call->number && one->arch == call->arch && one->has_code == call->has_code
         && one->code == call->code && one->signal == call->signal && strcmp (one->comm, call->comm) == 0
         && strcmp (one->exe, call->exe) == 0 && strcmp (one->node, call->node) == 0
         && strcmp (one->name_space, call->name_space) == 0 && strcmp (one->pod, call->pod) == 0
         && strcmp (one->container, call->container) == 0 && strcmp (group->place.container, place->container) == 0
         && strcmp (group->place.cgroup, place->cgroup) == 0;
}

/* NULL: there is no room for another one. */
static struct audit_group *
find_group (struct audit_tally *tally, const struct audit_call *call, const struct audit_place *place)
{
  uint32_t *slot = &tally->seen->groups[hash_call (call, place) % SLOTS];
  while (*slot && !is_like (&tally->groups[*slot - 1], call, place))
    slot = slot == &tally->seen->groups[SLOTS - 1] ? tally->seen->groups : slot + 1;
  if (*slot)
    return &tally->groups[*slot - 1];
  if (tally->count == GROUPS_MAX)
    return NULL;
  tally->groups = arena_more (tally->arena, tally->groups, tally->count, &tally->room, 64, sizeof *tally->groups);
  tally->groups[tally->count] = (struct audit_group){ .call = *call, .place = *place, .order = tally->count };
  *slot = ++tally->count;
  return &tally->groups[tally->count - 1];
}

/* ---- stamps --------------------------------------------------------------------------------------------------- */

/* true: it was there already. */
static bool
put_stamp (uint64_t *table, size_t room, uint64_t hash)
{
  size_t at = hash % room;
  while (table[at] && table[at] != hash)
    at = (at + 1) % room;
  bool known = table[at] == hash;
  table[at] = hash;
  return known;
}

/* The smaller tables stay in the arena: together they are no larger than the last. */
static void
grow_stamps (struct audit_seen *seen, struct arena *arena)
{
  size_t room = seen->stamp_room ? 2 * seen->stamp_room : 4096;
  uint64_t *table = arena_array (arena, uint64_t, room);
  for (size_t i = 0; i < seen->stamp_room; i++)
    if (seen->stamps[i])
      (void)put_stamp (table, room, seen->stamps[i]);
  seen->stamps = table;
  seen->stamp_room = room;
}

/* Of one node's record, which may be read from several of its logs. */
static bool
is_repeated (struct audit_seen *seen, const struct audit_call *call, struct arena *arena)
{
  uint64_t hash = hash_text (hash_text (0xcbf29ce484222325ull, call->stamp), call->node);
  if (!call->stamp[0] || seen->stamp_count >= STAMPS_MAX)
    return false;
  if (2 * seen->stamp_count >= seen->stamp_room)
    grow_stamps (seen, arena);
  bool known = put_stamp (seen->stamps, seen->stamp_room, hash ? hash : 1);
  seen->stamp_count += !known;
  return known;
}

/* ---- lines ---------------------------------------------------------------------------------------------------- */

static void
add_call (struct audit_tally *tally, const struct audit_call *call)
{
  struct audit_place place;
  if (is_repeated (tally->seen, call, tally->arena))
    {
      tally->repeated++;
      return;
    }
  (void)audit_place (call, &place); /* empty if its process has ended */
  struct audit_group *group = find_group (tally, call, &place);
  if (!group)
    {
      tally->crowded++;
      return;
    }
  group->stamped += call->stamp[0] != '\0';
  group->bare += call->stamp[0] == '\0';
  group->unproved += !call->vouched;
  group->count = group->stamped > group->bare ? group->stamped : group->bare;
  if (call->seconds && (!group->first || call->seconds < group->first))
    group->first = call->seconds;
  if (call->seconds > group->last)
    group->last = call->seconds;
}

static void
add_line (struct audit_tally *tally, const char *line, size_t size)
{
  static struct audit_call call;
  tally->lines++;
  switch (audit_read (line, size, &call))
    {
    case AUDIT_CALL:
      add_call (tally, &call);
      break;
    case AUDIT_FOREIGN:
      if (!tally->foreign++)
        fields_copy (tally->foreign_name, sizeof tally->foreign_name, call.comm, strlen (call.comm));
      break;
    case AUDIT_DAMAGED:
      tally->damaged++;
      break;
    case AUDIT_LOST:
      tally->lost++;
      break;
    default:
      break;
    }
}

/* Lines of any length, of which the first AUDIT_LINE_SIZE bytes are looked at: one that is longer is damaged. */
static int
read_lines (int fd, struct audit_tally *tally)
{
  auto_free char *buffer = malloc (AUDIT_LINE_SIZE);
  size_t used = 0;
  ssize_t got = 0;
  bool cut = false;
  if (!buffer)
    return -1;
  /* without a deadline: the user has chosen the input, and ends it */
  while ((got = descriptor_read (fd, buffer + used, AUDIT_LINE_SIZE - used)) > 0)
    {
      char *start = buffer, *end = buffer + used + got, *newline;
      while ((newline = memchr (start, '\n', (size_t)(end - start))))
        {
          if (cut)
            tally->damaged++;
          else
            add_line (tally, start, (size_t)(newline - start));
          cut = false;
          start = newline + 1;
        }
      used = (size_t)(end - start);
      memmove (buffer, start, used);
      cut |= used == AUDIT_LINE_SIZE;
      used = cut ? 0 : used;
    }
  if (got == 0 && used && !cut)
    add_line (tally, buffer, used);
  return got < 0 ? -1 : 0;
}

int
audit_tally (int fd, struct arena *arena, struct audit_tally *out, struct error *error)
{
  *out = (struct audit_tally){ .arena = arena, .seen = arena_new (arena, struct audit_seen) };
  int result = read_lines (fd, out) < 0 ? error_set (error, errno, "read the log") : 0;
  out->seen = NULL;
  for (uint32_t i = 0; i < out->count; i++)
    out->calls += out->groups[i].count;
  return result;
}

static int
compare (const void *a, const void *b)
{
  const struct audit_group *one = a, *two = b;
  if (one->count != two->count)
    return one->count > two->count ? -1 : 1;
  int names = strcmp (one->call.comm, two->call.comm);
  if (names || one->call.number != two->call.number)
    return names ? names : one->call.number - two->call.number;
  return one->order < two->order ? -1 : one->order > two->order; /* a libc's qsort(3) may exchange equal ones */
}

void
audit_sort (struct audit_tally *tally)
{
  if (tally->count)
    qsort (tally->groups, tally->count, sizeof *tally->groups, compare);
}
