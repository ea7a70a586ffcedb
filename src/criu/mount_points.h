/*
 * Mount points in a root file system that may be a fresh one: CRIU requires them to exist.
 */
#ifndef HUSK_CRIU_MOUNT_POINTS_H
#define HUSK_CRIU_MOUNT_POINTS_H

#include <stdbool.h>

/* Makes a directory or an empty file, and the directories above it, unless something is there. What cannot be made,
 * CRIU finds missing. */
void mount_point_make (int root, const char *path, bool directory);

#endif
