/*
 * The descriptors of a plan. Every kind of step that has one must be listed here: the child between clone and exec
 * makes them inheritable for husk-init, and the parent closes those that were opened for the plan.
 */
#include "descriptors.h"

#include <stddef.h>

void
plan_each_fd (const struct plan *plan, void (*visit) (int fd, bool opened, void *data), void *data)
{
  visit (plan->control, false, data);
  visit (plan->listen, false, data);
  visit (plan->page, false, data);
  visit (plan->hook_output, false, data);
  visit (plan->hook_errors, false, data);
  visit (plan->proc, true, data);
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      const struct step *step = &plan->steps[i];
      switch (step->kind)
        {
        case STEP_JOIN: /* without a path it is exec's pidfd for the container */
          visit (step->join->fd, step->join->path != NULL, data);
          break;
        case STEP_ROOTFS:
          visit (step->rootfs->fd, true, data);
          break;
        case STEP_DEVICE:
          visit (step->device->fd, true, data);
          break;
        case STEP_CONSOLE:
          visit (step->console->fd, false, data);
          break;
        case STEP_MOUNT:
          visit (step->mount->fd, true, data);
          visit (step->mount->idmap_fd, true, data);
          break;
        default:
          break;
        }
    }
}
