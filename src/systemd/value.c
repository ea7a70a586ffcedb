/*
 * Values of properties, from husk-systemd's command line into a D-Bus message; value.h has the notation, and request.c
 * calls it for each property. src/unit writes the notation, partly from annotations that a pod may set. A text that
 * does not fit its type to the last byte is EINVAL, and the message cannot be used then.
 */
#include "value.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16
#define BASIC "bynqiuxtdsog"

struct reader
{
  const char *at; /* of the text */
  char *word;     /* the last one read; as long as the text */
};

/* The length of the one complete type that a signature begins with; 0: there is none. */
static size_t
type_length (const char *type, unsigned depth)
{
  if (*type == '\0' || depth == DEPTH_MAX)
    return 0;
  if (strchr (BASIC, *type))
    return 1;
  if (*type == 'a')
    {
      size_t element = type_length (type + 1, depth + 1);
      return element ? element + 1 : 0;
    }
  if (*type != '(')
    return 0;
  size_t length = 1;
  while (type[length] != ')')
    {
      size_t member = type_length (type + length, depth + 1);
      if (member == 0)
        return 0;
      length += member;
    }
  return length > 1 ? length + 1 : 0;
}

/* Up to the next ";" that no "\" stands before. */
static int
read_word (struct reader *reader)
{
  char *out = reader->word;
  for (; *reader->at && *reader->at != ';'; reader->at++)
    {
      if (*reader->at == '\\' && *++reader->at == '\0')
        return -EINVAL;
      *out++ = *reader->at;
    }
  *out = '\0';
  if (*reader->at != ';')
    return -EINVAL;
  reader->at++;
  return 0;
}

static int
append_signed (sd_bus_message *message, char type, const char *text)
{
  char *end;
  errno = 0;
  long long value = strtoll (text, &end, 10);
  long long bound = type == 'n' ? INT16_MAX : type == 'i' ? INT32_MAX : INT64_MAX;
  int16_t narrow = (int16_t)value;
  int32_t middle = (int32_t)value;
  if (errno || *end || end == text || value > bound || value < -bound - 1)
    return -EINVAL;
  return sd_bus_message_append_basic (message, type,
                                      type == 'n'   ? (const void *)&narrow
                                      : type == 'i' ? (const void *)&middle
                                                    : (const void *)&value);
}

static int
append_unsigned (sd_bus_message *message, char type, const char *text)
{
  char *end;
  errno = 0;
  unsigned long long value = strtoull (text, &end, 10);
  unsigned long long bound = type == 'y' ? UINT8_MAX : type == 'q' ? UINT16_MAX : type == 'u' ? UINT32_MAX : UINT64_MAX;
  uint8_t byte = (uint8_t)value;
  uint16_t narrow = (uint16_t)value;
  uint32_t middle = (uint32_t)value;
  if (errno || *end || end == text || *text == '-' || value > bound)
    return -EINVAL;
  return sd_bus_message_append_basic (message, type,
                                      type == 'y'   ? (const void *)&byte
                                      : type == 'q' ? (const void *)&narrow
                                      : type == 'u' ? (const void *)&middle
                                                    : (const void *)&value);
}

static int
append_basic (sd_bus_message *message, char type, const char *text)
{
  if (strchr ("sog", type))
    return sd_bus_message_append_basic (message, type, text);
  if (type == 'b')
    {
      int truth = strcmp (text, "true") == 0;
      return truth || strcmp (text, "false") == 0 ? sd_bus_message_append_basic (message, type, &truth) : -EINVAL;
    }
  if (type == 'd')
    {
      char *end;
      double number = strtod (text, &end);
      return *end || end == text ? -EINVAL : sd_bus_message_append_basic (message, type, &number);
    }
  return strchr ("nix", type) ? append_signed (message, type, text) : append_unsigned (message, type, text);
}

static int
append_bytes (sd_bus_message *message, const char *text)
{
  static const char digits[] = "0123456789abcdef";
  size_t size = strlen (text) / 2;
  unsigned char *bytes = malloc (size + 1);
  int result = strlen (text) % 2 || !bytes ? -EINVAL : 0;
  for (size_t i = 0; i < size && result == 0; i++)
    {
      const char *high = strchr (digits, text[2 * i]), *low = strchr (digits, text[2 * i + 1]);
      if (!high || !low)
        result = -EINVAL;
      else
        bytes[i] = (unsigned char)((high - digits) << 4 | (low - digits));
    }
  if (result == 0)
    result = sd_bus_message_append_array (message, 'y', bytes, size);
  free (bytes);
  return result;
}

static int append_next (sd_bus_message *message, struct reader *reader, const char *type);

static int
append_array (sd_bus_message *message, struct reader *reader, const char *type)
{
  size_t length = type_length (type + 1, 0);
  char *end, *element = strndup (type + 1, length);
  int result = element ? read_word (reader) : -ENOMEM;
  unsigned long count = result < 0 ? 0 : strtoul (reader->word, &end, 10);
  if (result == 0 && (reader->word[0] == '\0' || *end))
    result = -EINVAL;
  if (result == 0)
    result = sd_bus_message_open_container (message, 'a', element);
  for (unsigned long i = 0; i < count && result >= 0; i++)
    result = append_next (message, reader, element);
  free (element);
  return result < 0 ? result : sd_bus_message_close_container (message);
}

static int
append_struct (sd_bus_message *message, struct reader *reader, const char *type)
{
  size_t length = type_length (type, 0);
  char *members = strndup (type + 1, length - 2);
  int result = members ? sd_bus_message_open_container (message, 'r', members) : -ENOMEM;
  for (size_t at = 1; at < length - 1 && result >= 0; at += type_length (type + at, 0))
    result = append_next (message, reader, type + at);
  free (members);
  return result < 0 ? result : sd_bus_message_close_container (message);
}

/* One complete type, from as many words as it has basic values. */
static int
append_next (sd_bus_message *message, struct reader *reader, const char *type)
{
  if (*type == '(')
    return append_struct (message, reader, type);
  if (*type == 'a' && type[1] != 'y')
    return append_array (message, reader, type);
  int result = read_word (reader);
  if (result < 0)
    return result;
  return *type == 'a' ? append_bytes (message, reader->word) : append_basic (message, *type, reader->word);
}

int
value_append (sd_bus_message *message, const char *type, const char *text)
{
  struct reader reader = { .at = text };
  if (type[0] == '\0' || type_length (type, 0) != strlen (type))
    return -EINVAL;
  if (type[1] == '\0')
    return append_basic (message, type[0], text);
  if (strcmp (type, "ay") == 0)
    return append_bytes (message, text);
  reader.word = malloc (strlen (text) + 1);
  int result = reader.word ? append_next (message, &reader, type) : -ENOMEM;
  free (reader.word);
  return result < 0 ? result : *reader.at ? -EINVAL : 0;
}
