#include "CFloydLinux.h"
