#pragma once

// libarchive(3): reading and writing tar and zip.
#include <archive.h>
#include <archive_entry.h>
