#ifndef CFLOYDLINUX_H
#define CFLOYDLINUX_H

#include "confinement.h"
#include "direct.h"
#include "events.h"
#include "files.h"
#include "memory.h"
#include "privileges.h"
#include "processes.h"
#include "shares.h"

#endif
