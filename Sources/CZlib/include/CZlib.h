#pragma once

// zlib(3): reading gzip.
#include <zlib.h>
