#pragma once

#include "base.h"

// Rec. 709 luma of the sample values as they stand (no linearisation); alpha stays.
bool grayscale(struct picture *picture);
