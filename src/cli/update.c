/*
 * husk update: limits as options, or a file with linux.resources, for container_update (container/update.c), which
 * checks them as create does. A value's node is 1 + its index in update_table, from which an error gets the name of the
 * option, so the table must begin with the rows of enum flag, in its order. Aliases come after them.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "usage: husk update [OPTIONS] ID\n"
                           "       husk update --resources FILE ID\n"
                           "\n"
                           "Changes the limits of a container. Other limits stay as they are. If the kernel refuses a\n"
                           "value, those set before it stay in force.\n"
                           "\n"
                           "  -r, --resources FILE            like linux.resources in config.json; -: standard input.\n"
                           "                                  Other options are ignored\n"
                           "      --memory BYTES              512m, 1g; -1: no limit\n"
                           "      --memory-reservation BYTES  soft limit\n"
                           "      --memory-swap BYTES         memory plus swap\n"
                           "      --kernel-memory BYTES, --kernel-memory-tcp BYTES\n"
                           "                                  (for kernels that have these limits)\n"
                           "      --cpu-share N               weight against other containers, 2 to 262144\n"
                           "      --cpu-quota USEC            time on all CPUs in a period; -1: no limit\n"
                           "      --cpu-period USEC           1000 to 1000000\n"
                           "      --cpu-burst USEC            how much unused quota may accumulate\n"
                           "      --cpu-rt-runtime USEC, --cpu-rt-period USEC\n"
                           "                                  for the realtime scheduler\n"
                           "      --cpu-idle 0|1              1: run only when the CPU is otherwise idle\n"
                           "      --cpuset-cpus LIST          0-3,7\n"
                           "      --cpuset-mems LIST          memory nodes\n"
                           "      --blkio-weight N            10 to 1000\n"
                           "      --pids-limit N              tasks; -1: no limit\n"
                           "      --l3-cache-schema SCHEMA, --mem-bw-schema SCHEMA\n"
                           "                                  for Intel RDT\n"
                           "  -h, --help\n";

enum flag
{
  FLAG_BLKIO_WEIGHT = 256,
  FLAG_CPU_PERIOD,
  FLAG_CPU_QUOTA,
  FLAG_CPU_BURST,
  FLAG_CPU_RT_PERIOD,
  FLAG_CPU_RT_RUNTIME,
  FLAG_CPU_SHARE,
  FLAG_CPU_IDLE,
  FLAG_CPUSET_CPUS,
  FLAG_CPUSET_MEMS,
  FLAG_KERNEL_MEMORY,
  FLAG_KERNEL_MEMORY_TCP,
  FLAG_MEMORY,
  FLAG_MEMORY_RESERVATION,
  FLAG_MEMORY_SWAP,
  FLAG_PIDS_LIMIT,
  FLAG_L3_CACHE_SCHEMA,
  FLAG_MEM_BW_SCHEMA,
};

static const struct option update_table[] = {
  { "blkio-weight", required_argument, NULL, FLAG_BLKIO_WEIGHT },
  { "cpu-period", required_argument, NULL, FLAG_CPU_PERIOD },
  { "cpu-quota", required_argument, NULL, FLAG_CPU_QUOTA },
  { "cpu-burst", required_argument, NULL, FLAG_CPU_BURST },
  { "cpu-rt-period", required_argument, NULL, FLAG_CPU_RT_PERIOD },
  { "cpu-rt-runtime", required_argument, NULL, FLAG_CPU_RT_RUNTIME },
  { "cpu-share", required_argument, NULL, FLAG_CPU_SHARE },
  { "cpu-idle", required_argument, NULL, FLAG_CPU_IDLE },
  { "cpuset-cpus", required_argument, NULL, FLAG_CPUSET_CPUS },
  { "cpuset-mems", required_argument, NULL, FLAG_CPUSET_MEMS },
  { "kernel-memory", required_argument, NULL, FLAG_KERNEL_MEMORY },
  { "kernel-memory-tcp", required_argument, NULL, FLAG_KERNEL_MEMORY_TCP },
  { "memory", required_argument, NULL, FLAG_MEMORY },
  { "memory-reservation", required_argument, NULL, FLAG_MEMORY_RESERVATION },
  { "memory-swap", required_argument, NULL, FLAG_MEMORY_SWAP },
  { "pids-limit", required_argument, NULL, FLAG_PIDS_LIMIT },
  { "l3-cache-schema", required_argument, NULL, FLAG_L3_CACHE_SCHEMA },
  { "mem-bw-schema", required_argument, NULL, FLAG_MEM_BW_SCHEMA },
  { "cpu-shares", required_argument, NULL, FLAG_CPU_SHARE },
  { "resources", required_argument, NULL, 'r' },
  CLI_HELP_OPTION,
};

struct flags
{
  struct spec_memory memory;
  struct spec_cpu cpu;
  struct spec_block_io block_io;
  struct spec_pids pids;
  struct spec_resources resources;
  struct update_options options;
  const char *texts[FLAG_MEM_BW_SCHEMA - FLAG_BLKIO_WEIGHT + 1]; /* as given on the command line, by node */
  bool any;
};

/* Sets the place of an error to the option that its origin stands for: "--memory". */
static void
name_option (const struct flags *flags, struct error *error)
{
  const size_t count = sizeof flags->texts / sizeof flags->texts[0];
  if (!error->origin || error->origin > count || error->place[0])
    return;
  (void)snprintf (error->place, sizeof error->place, "--%s", update_table[error->origin - 1].name);
  const char *text = flags->texts[error->origin - 1];
  if (text && !strstr (error->text, text)) /* "2m", which the error reports as 2097152 */
    error_hint (error, "it was given as \"%.60s\"", text);
}

static int
not_a (const char *what, const char *text, origin_t node, struct error *error)
{
  (void)error_set_at (error, node, 0, "\"%.60s\" must be %s", text, what);
  return -1;
}

static int
take_signed (const char *text, origin_t node, struct json_int *out, struct error *error)
{
  char *end;
  errno = 0;
  long long value = strtoll (text, &end, 10);
  if (end == text || *end || errno || text[0] == ' ' || text[0] == '+')
    return not_a ("a whole number", text, node, error);
  *out = (struct json_int){ true, value, node };
  return 0;
}

static int
take_unsigned (const char *text, origin_t node, struct json_uint *out, struct error *error)
{
  struct json_int number;
  if (take_signed (text, node, &number, error) < 0)
    return -1;
  if (number.value < 0)
    return not_a ("a number from 0", text, node, error);
  *out = (struct json_uint){ true, (uint64_t)number.value, node };
  return 0;
}

/* 512m, 1.5g, 1GiB, 4096, -1: a unit is a power of 1024. */
static int
take_bytes (const char *text, origin_t node, struct json_int *out, struct error *error)
{
  static const char units[] = "bkmgtp";
  size_t digits = strspn (text, "0123456789.");
  char *end;
  if (strcmp (text, "-1") == 0)
    {
      *out = (struct json_int){ true, -1, node };
      return 0;
    }
  bool fraction = memchr (text, '.', digits);
  double number = fraction ? strtod (text, &end) : 0;
  uint64_t whole = fraction ? 0 : strtoull (text, &end, 10), scale = 1, bytes;
  const char *rest = text + digits;
  if (digits == 0 || end != rest)
    return not_a ("a number of bytes such as 512m, or -1", text, node, error);
  rest += *rest == ' ';
  const char *unit = *rest ? strchr (units, *rest | 0x20) : units;
  for (const char *step = units; unit && step < unit; step++)
    scale *= 1024;
  rest += *rest && unit;
  if (unit && unit > units && (*rest == 'i' || *rest == 'I'))
    rest++;
  if (unit && unit > units && (*rest == 'b' || *rest == 'B'))
    rest++;
  if (!unit || *rest || number * (double)scale >= 9223372036854775808.0 || __builtin_mul_overflow (whole, scale, &bytes)
      || bytes > INT64_MAX)
    return not_a ("a number of bytes such as 512m, or -1", text, node, error);
  *out = (struct json_int){ true, fraction ? (int64_t)(number * (double)scale) : (int64_t)bytes, node };
  return 0;
}

static int
take_memory (int option, origin_t node, struct spec_memory *memory, struct error *error)
{
  struct json_int *member = option == FLAG_MEMORY               ? &memory->limit
                            : option == FLAG_MEMORY_RESERVATION ? &memory->reservation
                            : option == FLAG_MEMORY_SWAP        ? &memory->swap
                            : option == FLAG_KERNEL_MEMORY      ? &memory->kernel
                                                                : &memory->kernel_tcp;
  memory->node = memory->node ? memory->node : node;
  return take_bytes (optarg, node, member, error);
}

static int
take_cpu (int option, origin_t node, struct spec_cpu *cpu, struct error *error)
{
  cpu->node = cpu->node ? cpu->node : node;
  switch (option)
    {
    case FLAG_CPU_PERIOD:
      return take_unsigned (optarg, node, &cpu->period, error);
    case FLAG_CPU_QUOTA:
      return take_signed (optarg, node, &cpu->quota, error);
    case FLAG_CPU_BURST:
      return take_unsigned (optarg, node, &cpu->burst, error);
    case FLAG_CPU_RT_PERIOD:
      return take_unsigned (optarg, node, &cpu->realtime_period, error);
    case FLAG_CPU_RT_RUNTIME:
      return take_signed (optarg, node, &cpu->realtime_runtime, error);
    case FLAG_CPU_SHARE:
      return take_unsigned (optarg, node, &cpu->shares, error);
    case FLAG_CPU_IDLE:
      if (take_signed (optarg, node, &cpu->idle, error) < 0)
        return -1;
      return cpu->idle.value == 0 || cpu->idle.value == 1 ? 0 : not_a ("0 or 1", optarg, node, error);
    case FLAG_CPUSET_CPUS:
      cpu->cpus = (struct json_string){ optarg, node };
      return 0;
    default:
      cpu->mems = (struct json_string){ optarg, node };
      return 0;
    }
}

static int
take_schema (const char *prefix, origin_t node, const char **out, struct error *error)
{
  if (strncmp (optarg, prefix, strlen (prefix)) != 0 || strchr (optarg, '\n'))
    return error_set_at (error, node, 0, "the schema must be one line that starts with \"%s\"", prefix);
  *out = optarg;
  return 0;
}

static int
update_option (int option, struct flags *flags, struct error *error)
{
  origin_t node = 1 + (origin_t)(option - FLAG_BLKIO_WEIGHT);
  flags->any = true;
  if (option != 'r')
    flags->texts[node - 1] = optarg;
  switch (option)
    {
    case 'r':
      flags->options.file = optarg;
      return 0;
    case FLAG_BLKIO_WEIGHT:
      flags->resources.block_io = &flags->block_io;
      flags->block_io.node = node;
      return take_unsigned (optarg, node, &flags->block_io.weight, error);
    case FLAG_PIDS_LIMIT:
      flags->resources.pids = &flags->pids;
      flags->pids.node = node;
      return take_signed (optarg, node, &flags->pids.limit, error);
    case FLAG_L3_CACHE_SCHEMA:
      return take_schema ("L3", node, &flags->options.l3_cache_schema, error);
    case FLAG_MEM_BW_SCHEMA:
      return take_schema ("MB:", node, &flags->options.mem_bw_schema, error);
    case FLAG_KERNEL_MEMORY:
    case FLAG_KERNEL_MEMORY_TCP:
    case FLAG_MEMORY:
    case FLAG_MEMORY_RESERVATION:
    case FLAG_MEMORY_SWAP:
      flags->resources.memory = &flags->memory;
      return take_memory (option, node, &flags->memory, error);
    default:
      flags->resources.cpu = &flags->cpu;
      return take_cpu (option, node, &flags->cpu, error);
    }
}

int
cli_update (int argc, char **argv, const struct globals *globals)
{
  static const struct json_document nothing = { .name = "" }; /* it has no places */
  struct flags flags = { 0 };
  struct error error = { 0 };
  for (int option; !error.set && (option = cli_option (argc, argv, "r:h", update_table)) != -1;)
    {
      if (option == 'h' || option == '?')
        return cli_usage ("update", help, option);
      (void)update_option (option, &flags, &error);
    }
  if (!error.set && !flags.any)
    log_warning ("update: nothing to change"); /* not an error: a script's variables may be empty */
  if (!error.set)
    {
      flags.options.id = cli_id ("update", argc, argv);
      flags.options.resources = &flags.resources;
      flags.options.document = &nothing;
      if (!flags.options.id)
        return 1;
      if (container_update (globals, &flags.options, &error) == 0)
        return 0;
    }
  if (!flags.options.file)
    name_option (&flags, &error);
  return cli_fail (&error);
}
