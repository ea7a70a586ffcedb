/*
 * JSON in and out, with yajl: bytes -> a tree whose every value knows its line and column -> typed structs by tables;
 * and a writer. This room knows nothing of OCI.
 *
 * A value is named by its node's number (origin_t); 0 means no value, JSON_ROOT the whole document. Numbers stay text
 * until a table determines their width. Strings are NUL-terminated (an embedded NUL is refused when parsing).
 */
#ifndef HUSK_JSON_H
#define HUSK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "husk/arena.h"
#include "husk/error.h"

#define JSON_ROOT 1u
#define JSON_MAX_DEPTH 128
#define JSON_MAX_SIZE (16u << 20)

enum json_kind
{
  JSON_NULL = 1,
  JSON_BOOL,
  JSON_NUMBER,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT,
};

struct json_node
{
  uint32_t offset; /* of the value's first byte */
  uint8_t kind;
  bool truth;       /* JSON_BOOL */
  origin_t parent;  /* 0 for the root */
  origin_t next;    /* the next member or element, or 0 */
  origin_t first;   /* of an array or object: its first member or element, or 0 */
  uint32_t count;   /* of an array or object */
  const char *key;  /* of an object's member, else NULL */
  const char *text; /* JSON_STRING: the string; JSON_NUMBER: the number as written */
};

/* Another file's values within a document: those from `first` on. */
struct json_graft
{
  origin_t first;
  const char *name, *bytes;
  size_t size;
  const struct json_graft *next;
};
/* Where place.c found the last value: it looks for the next one from there, since findings come nearly in the order of
 * the text (of a key, then of its object), and there may be some for each of thousands of values. */
struct json_bookmark
{
  const char *bytes; /* of the file that the line is in */
  uint32_t offset, line, start;
  origin_t element; /* far behind in its array */
  uint32_t index;
};
struct json_document
{
  const char *name; /* in errors: "config.json" */
  const char *bytes;
  size_t size;
  struct json_node *nodes; /* [0] is not a node */
  uint32_t count;
  struct arena *arena;
  const struct json_graft *grafts; /* the newest first */
  struct json_bookmark *bookmark;
};

/* What decoding and checking found. The first error is kept; each is called for every finding when it is set. */
enum severity
{
  SEVERITY_WARNING,
  SEVERITY_ERROR,
  SEVERITY_NOTE, /* nothing is wrong: neither counted nor logged */
};
struct report
{
  struct error *error; /* the first error is stored here */
  unsigned errors, warnings;
  void (*each) (struct report *report, enum severity severity, const struct error *finding);
  const struct json_document *document; /* during each: the document of the finding */
  void *data;
};

/* Reads a regular file of at most JSON_MAX_SIZE (O_NONBLOCK, so a FIFO cannot hang it) and parses it. name is for
 * errors. The document lives in the arena. 0 or -1. */
int json_load (int dir, const char *path, const char *name, struct arena *arena, struct json_document *out,
               struct error *error);
/* The same for a file that the user names for one command. It may also be a pipe, a terminal or a file in /proc, and is
 * read to its end or to the same limit. Messages omit the beginning of a name that is too long. */
int json_load_named (const char *file, struct arena *arena, struct json_document *out, struct error *error);
/* The bytes of such a file, with a NUL after them, and its name as messages have it. NULL with an error. */
char *json_read_named (const char *file, struct arena *arena, const char **out_name, size_t *out_size,
                       struct error *error);
/* The same as json_load_named for an open file. */
int json_load_from (int fd, const char *name, struct arena *arena, struct json_document *out, struct error *error);
/* Parses size bytes, which must outlive the document and may be changed (strings are terminated in place). Refuses with
 * line and column: syntax, trailing text, bad UTF-8, NUL in strings, duplicate keys, depth over JSON_MAX_DEPTH, a byte
 * order mark. */
int json_parse (char *bytes, size_t size, const char *name, struct arena *arena, struct json_document *out,
                struct error *error);

/* Adds the values of another document to this one, so that one origin_t identifies a value of either. Places still
 * refer to the file that a value came from. Returns the other's root. */
origin_t json_graft (struct json_document *document, const struct json_document *other);

/* A copy of the document's text as it was read. */
char *json_source (const struct json_document *document, struct arena *arena);

const struct json_node *json_node (const struct json_document *document, origin_t node);
/* 0: the object has no such key. null counts as absent, because Go's encoders write null for absent values. */
origin_t json_member (const struct json_document *document, origin_t object, const char *key);
/* 0: the element does not exist. Walks the array if elements of it have elements or members: in a loop over those,
 * follow first and next instead. A string counts as a list of itself, because formats have "name" beside "names". */
origin_t json_element (const struct json_document *document, origin_t array, uint32_t index);
/* null, "", [], {}, and lists and objects of nothing else: what encoders write for absent values. */
bool json_is_empty (const struct json_document *document, origin_t node);
/* Fills error->place ("config.json:42:13: /process/args/0") from its origin; without one it stays empty. */
void json_place (const struct json_document *document, struct error *error);
/* Line and column, from 1, of a node. */
void json_position (const struct json_document *document, origin_t node, uint32_t *out_line, uint32_t *out_column);
/* "/process/args/0" */
void json_pointer (const struct json_document *document, origin_t node, char *out, size_t size);

/* A finding about a value. report_error returns -1. */
int report_error (struct report *report, const struct json_document *document, origin_t node, const char *hint,
                  const char *format, ...) __attribute__ ((format (printf, 5, 6)));
void report_warning (struct report *report, const struct json_document *document, origin_t node, const char *hint,
                     const char *format, ...) __attribute__ ((format (printf, 5, 6)));
void report_note (struct report *report, const struct json_document *document, origin_t node, const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));
/* A report's each that sends warnings to the log with log_warning_line. */
void report_to_log (struct report *report, enum severity severity, const struct error *finding);

/* ---- typed values -------------------------------------------------------------------------------------------- */

/* Optional scalars record whether they are set, and their node for messages. */
struct json_bool
{
  bool set, value;
  origin_t node;
};
struct json_int
{
  bool set;
  int64_t value;
  origin_t node;
};
struct json_uint
{
  bool set;
  uint64_t value;
  origin_t node;
};
struct json_string /* text is NULL when absent */
{
  const char *text;
  origin_t node;
};
struct json_enum /* not set: value is 0, which may be a word's value */
{
  bool set;
  int value;
  origin_t node;
};
struct json_strings
{
  const char **items; /* count of them, then NULL */
  uint32_t count;
  bool set;      /* present, though perhaps empty */
  origin_t node; /* of the array; of item i: json_element (document, node, i) */
};
struct json_value /* of any kind, which the reader finds in its node; 0: absent */
{
  origin_t node;
};
struct json_uints
{
  uint64_t *items;
  uint32_t count;
  origin_t node;
};
/* Declares an array or map of structs: items in the document's order. A map's type has `const char *key` as its second
 * member, after `origin_t node`. */
#define JSON_ARRAY_OF(type)                                                                                            \
  struct                                                                                                               \
  {                                                                                                                    \
    type *items;                                                                                                       \
    uint32_t count;                                                                                                    \
    bool set;                                                                                                          \
    origin_t node;                                                                                                     \
  }
struct json_pair /* one member of a map of strings */
{
  origin_t node;
  const char *key, *value;
};
struct json_pairs
{
  struct json_pair *items;
  uint32_t count;
  bool set;
  origin_t node;
};

struct json_name /* one word of an enumeration; the table ends with {NULL, 0} */
{
  const char *text;
  int value;
};

enum json_field_kind
{
  JSON_FIELD_BOOL = 1,
  JSON_FIELD_INT,
  JSON_FIELD_UINT,
  JSON_FIELD_TEXT,
  JSON_FIELD_ENUM,
  JSON_FIELD_STRINGS,
  JSON_FIELD_UINTS,
  JSON_FIELD_PAIRS,
  JSON_FIELD_OBJECT,
  JSON_FIELD_ARRAY,
  JSON_FIELD_MAP,
  JSON_FIELD_VALUE, /* of any kind */
  /* From here on the member is a plain C value, and absent is the same as zero. json_encode writes these kinds and
   * pairs. */
  JSON_FIELD_PLAIN_BOOL,
  JSON_FIELD_PLAIN_32, /* ranged */
  JSON_FIELD_PLAIN_64,
  JSON_FIELD_PLAIN_TEXT,
  JSON_FIELD_PLAIN_BYTES, /* need not be UTF-8: json_bytes */
  JSON_FIELD_PLAIN_WORD,  /* an enum */
  JSON_FIELD_PLAIN_LIST,  /* an array within the struct, and how many of its elements are used */
  JSON_FIELD_PLAIN_ITEMS, /* a pointer to an array, and its length */
  JSON_FIELD_UNUSED,      /* known but without meaning here: any value is accepted */
  JSON_FIELD_REFUSED,     /* of another format, which changes what the rest means: an error unless empty */
};

struct json_type;
struct json_field
{
  const char *key;
  uint16_t offset;     /* of the member in the struct */
  uint16_t count;      /* of a list within the struct: the offset of its count, whose limit is maximum */
  uint8_t kind;        /* enum json_field_kind */
  bool required;       /* null counts as left out */
  const char *missing; /* of a required key: the reason, in place of the usual words; and the hint */
  const char *remedy;
  bool not_null; /* the key may be left out, but null is a mistake: the default would be root */
  bool filled;   /* a string or list must not be empty */
  bool sparse;   /* a plain value that is zero is not written */
  bool ranged;   /* minimum and maximum apply */
  int64_t minimum;
  uint64_t maximum;
  const struct json_name *names; /* of an enumeration */
  const char *noun;              /* of an enumeration: "a resource limit", for messages; of a refused key: why */
  const char *hint;              /* of a refused key, or of a number that is something else: what to do */
  const struct json_type *type;  /* of an object, array or map */
};

/* One row of a table. A member whose type is not the row's does not compile. Further arguments are designators of
 * json_field: JSON_TEXT (struct spec_root, "path", path, .required = true). */
/* Versions of clang-format disagree about macros with initialisers. */
/* clang-format off */
#define JSON_OFFSET(owner, member, wanted)                                                                             \
  (uint16_t) (offsetof (owner, member) + 0 * sizeof (char[_Generic(((owner *)0)->member, wanted : 1)]))
#define JSON_ROW(owner, name, member, wanted, is, ...)                                                                 \
  {                                                                                                                    \
    .key = name, .offset = JSON_OFFSET (owner, member, wanted), .kind = is, __VA_ARGS__                                \
  }
#define JSON_FLAG(owner, name, member, ...)                                                                            \
  JSON_ROW (owner, name, member, struct json_bool, JSON_FIELD_BOOL, __VA_ARGS__)
#define JSON_INT(owner, name, member, ...) JSON_ROW (owner, name, member, struct json_int, JSON_FIELD_INT, __VA_ARGS__)
#define JSON_UINT(owner, name, member, ...)                                                                            \
  JSON_ROW (owner, name, member, struct json_uint, JSON_FIELD_UINT, __VA_ARGS__)
#define JSON_TEXT(owner, name, member, ...)                                                                            \
  JSON_ROW (owner, name, member, struct json_string, JSON_FIELD_TEXT, __VA_ARGS__)
#define JSON_CHOICE(owner, name, member, table, what, ...)                                                             \
  JSON_ROW (owner, name, member, struct json_enum, JSON_FIELD_ENUM, .names = table, .noun = what, __VA_ARGS__)
#define JSON_TEXTS(owner, name, member, ...)                                                                           \
  JSON_ROW (owner, name, member, struct json_strings, JSON_FIELD_STRINGS, __VA_ARGS__)
#define JSON_UINT_LIST(owner, name, member, ...)                                                                       \
  JSON_ROW (owner, name, member, struct json_uints, JSON_FIELD_UINTS, __VA_ARGS__)
#define JSON_TEXT_MAP(owner, name, member, ...)                                                                        \
  JSON_ROW (owner, name, member, struct json_pairs, JSON_FIELD_PAIRS, __VA_ARGS__)
#define JSON_ANY(owner, name, member, ...)                                                                             \
  JSON_ROW (owner, name, member, struct json_value, JSON_FIELD_VALUE, __VA_ARGS__)
#define JSON_STRUCT(owner, name, member, of, table, ...)                                                               \
  JSON_ROW (owner, name, member, of *, JSON_FIELD_OBJECT, .type = table, __VA_ARGS__)
#define JSON_PLAIN_BOOL(owner, name, member, ...)                                                                      \
  JSON_ROW (owner, name, member, bool, JSON_FIELD_PLAIN_BOOL, __VA_ARGS__)
#define JSON_PLAIN_32(owner, name, member, ...)                                                                        \
  JSON_ROW (owner, name, member, uint32_t, JSON_FIELD_PLAIN_32, .ranged = true, .maximum = UINT32_MAX, __VA_ARGS__)
#define JSON_PLAIN_PID(owner, name, member, ...)                                                                       \
  JSON_ROW (owner, name, member, pid_t, JSON_FIELD_PLAIN_32, .ranged = true, .maximum = INT32_MAX, __VA_ARGS__)
#define JSON_PLAIN_64(owner, name, member, ...)                                                                        \
  JSON_ROW (owner, name, member, uint64_t, JSON_FIELD_PLAIN_64, __VA_ARGS__)
#define JSON_PLAIN_TEXT(owner, name, member, ...)                                                                      \
  JSON_ROW (owner, name, member, const char *, JSON_FIELD_PLAIN_TEXT, __VA_ARGS__)
#define JSON_PLAIN_BYTES(owner, name, member, ...)                                                                     \
  JSON_ROW (owner, name, member, const char *, JSON_FIELD_PLAIN_BYTES, __VA_ARGS__)
#define JSON_PLAIN_WORD(owner, name, member, of, table, what, ...)                                                     \
  JSON_ROW (owner, name, member, of, JSON_FIELD_PLAIN_WORD, .names = table, .noun = what, __VA_ARGS__)
#define JSON_PLAIN_LIST(owner, name, member, filled, of, table, ...)                                                   \
  {                                                                                                                    \
    .key = name, .kind = JSON_FIELD_PLAIN_LIST, .type = table, .count = JSON_OFFSET (owner, filled, uint32_t),         \
    .offset                                                                                                            \
        = (uint16_t)(offsetof (owner, member) + 0 * sizeof (char[_Generic(&((owner *)0)->member[0], of * : 1)])),      \
    .maximum = sizeof ((owner *)0)->member / sizeof (of), __VA_ARGS__                                                  \
  }
#define JSON_PLAIN_ITEMS(owner, name, member, length, of, table, ...)                                                  \
  JSON_ROW (owner, name, member, of *, JSON_FIELD_PLAIN_ITEMS, .type = table,                                          \
            .count = JSON_OFFSET (owner, length, uint32_t), __VA_ARGS__)
/* The items member determines the element's type. */
#define JSON_LIST(owner, name, member, of, table, ...)                                                                 \
  {                                                                                                                    \
    .key = name, .kind = JSON_FIELD_ARRAY, .type = table,                                                              \
    .offset                                                                                                            \
        = (uint16_t)(offsetof (owner, member) + 0 * sizeof (char[_Generic(((owner *)0)->member.items, of * : 1)])),    \
    __VA_ARGS__                                                                                                        \
  }
#define JSON_KEYED(owner, name, member, of, table, ...)                                                                \
  {                                                                                                                    \
    .key = name, .kind = JSON_FIELD_MAP, .type = table,                                                                \
    .offset                                                                                                            \
        = (uint16_t)(offsetof (owner, member) + 0 * sizeof (char[_Generic(((owner *)0)->member.items, of * : 1)])),    \
    __VA_ARGS__                                                                                                        \
  }
#define JSON_UNUSED(name) { .key = name, .kind = JSON_FIELD_UNUSED }
#define JSON_REFUSED(name, why, instead) { .key = name, .kind = JSON_FIELD_REFUSED, .noun = why, .hint = instead }
/* clang-format on */

/* A decoded struct begins with `origin_t node`, unless it is a plain one. An object member is a pointer, NULL when
 * absent. */
struct json_type
{
  const char *noun; /* "a mount", for messages */
  size_t size;
  const struct json_field *fields; /* ends with {0} */
  bool partial;                    /* other keys are known elsewhere: none counts as misspelt */
  bool plain;                      /* another room's struct: only members that have rows are touched */
  bool any_case;                   /* keys match in any case, as in Go's decoder; one that occurs twice is an error */
};

/* Decodes node into *out, which it zeroes first. It continues after an error, so that a report can list all of them.
 * Unknown keys are ignored, with a warning for one that resembles a known key of its object. null counts as absent. A
 * key of another format is reported once. 0, or -1 if there was an error. */
int json_decode (const struct json_document *document, origin_t node, const struct json_type *type, void *out,
                 struct arena *arena, struct report *report);

/* JSON cannot hold arbitrary bytes, but a path may contain any. A text that is not UTF-8 becomes "bytes:" and the text
 * with each byte from 0x80 on and each '%' as %XX; so does a text that begins with "bytes:". Any other text is
 * unchanged. malloc'd; NULL: out of memory. */
char *json_bytes (const char *text);

bool json_strings_have (const struct json_strings *strings, const char *text);
/* NULL if the key is absent. */
const struct json_pair *json_pair_of (const struct json_pairs *pairs, const char *key);

/* The word for a value, or NULL. */
const char *json_name_of (const struct json_name *names, int64_t value);
/* The nearest of the names (edit distance), or NULL when none is near. For "did you mean". */
const char *json_nearest (const char *text, const struct json_name *names);
/* The same of the names of errnos. */
const char *json_nearest_errno (const char *text);
/* The key that an unknown key was probably meant to be, or NULL. It is at most two letters away, ignoring case. */
const char *json_nearest_key (const char *key, const struct json_type *type);

/* ---- writing -------------------------------------------------------------------------------------------------- */

struct json_writer
{
  void *generator; /* yajl_gen */
  bool failed;     /* writing failed: out of memory, or not JSON */
  char *text;      /* first, or malloc'd */
  size_t used, room;
  char *escaped; /* the text, if it had to be escaped */
  /* the generator's own memory */
  size_t own_used;
  _Alignas(16) unsigned char own[1024];
  char first[4096];
};
int json_write_open (struct json_writer *writer, bool pretty);
void json_write_close (struct json_writer *writer);
void json_write_object (struct json_writer *writer, const char *key); /* key NULL: an element or the top */
void json_write_object_end (struct json_writer *writer);
void json_write_array (struct json_writer *writer, const char *key);
void json_write_array_end (struct json_writer *writer);
/* Nothing is written for a NULL text. Bytes that are not UTF-8 are written as U+FFFD. */
void json_write_string (struct json_writer *writer, const char *key, const char *text);
void json_write_int (struct json_writer *writer, const char *key, int64_t value);
void json_write_uint (struct json_writer *writer, const char *key, uint64_t value);
void json_write_decimal (struct json_writer *writer, const char *key, double value); /* two places */
void json_write_null (struct json_writer *writer, const char *key);
void json_write_bool (struct json_writer *writer, const char *key, bool value);
/* Writes the members of a plain type into the open object, in the order of the table's rows; json_decode reads them
 * back. A row of another kind makes the writer fail. */
void json_encode (struct json_writer *writer, const struct json_type *type, const void *in);
/* A copy of JSON in which characters unfit for display (text.h) are written as \u0085 and the like. The value is the
 * same, since these occur only within strings. malloc'd; NULL: no memory. */
char *json_escape (const char *json, size_t size, size_t *out_size);
/* The text written so far, escaped likewise; valid until close. */
const char *json_write_text (struct json_writer *writer, size_t *out_size);
/* Prints all of it, ended by a newline, and closes the writer. If the writer has failed nothing is printed, rather than
 * JSON that lacks a value. 0, or -1 with errno. */
int json_write_print (struct json_writer *writer, FILE *out) __attribute__ ((warn_unused_result));

#endif
