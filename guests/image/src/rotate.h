#pragma once

#include "base.h"

// A quarter turn clockwise.
bool rotate90(struct picture *picture);
