/*
 * libFuzzer: any bytes as what a client sends to an agent with its listener, in pieces: the container process state.
 * The bytes that the agent keeps are those that were sent, the connection is closed once they are complete, and the
 * container's id ends inside of its room. With early, as observers have it, a complete state is the end.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "husk/agent.h"
#include "husk/descriptor.h"
#include "must.h"

static int
receive (struct client *client, const uint8_t *data, size_t size, bool early)
{
  int pair[2], null = open ("/dev/null", O_RDONLY | O_CLOEXEC), result = 0;
  must (null >= 0 && socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  client->connection = pair[0];
  const size_t pieces[] = { size / 3, size - size / 3 }; /* an empty first piece sends no descriptor */
  for (size_t i = 0; i < 2 && result == 0; i++, data += pieces[0])
    {
      const int fds[] = { null, null, null };
      if (pieces[i] > 0)
        must (descriptors_send (pair[1], data, pieces[i], fds, i == 0 ? size % 4 : 0) == (ssize_t)pieces[i]);
      for (int turns = 0; turns < 3 && result == 0 && pieces[i] > 0; turns++)
        {
          int unread = recv (pair[0], &(char){ 0 }, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
          result = unread ? client_receive (client, early) : 0;
        }
    }
  (void)close (pair[1]);
  (void)close (null);
  while (result == 0)
    result = client_receive (client, early);
  return result;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  for (int early = 0; early < 2; early++)
    {
      struct client client = { .connection = -1, .listener = -1, .agent = -1, .root = -1 };
      int result = receive (&client, data, size, early);
      must (client.size <= size && memcmp (client.text ? client.text : "", data, client.size) == 0);
      if (result > 0)
        {
          must (client.connection < 0 && client.listener >= 0 && client.text && (early || client.size == size));
          client_print_state (&client);
          must (memchr (client.id, '\0', sizeof client.id) != NULL);
        }
      client_drop (&client);
    }
  return 0;
}
