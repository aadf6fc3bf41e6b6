#ifndef CFLOYDLINUX_H
#define CFLOYDLINUX_H

#include "files.h"

#endif
