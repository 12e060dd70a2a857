#pragma once

#include "base.h"

// The largest standard deviation `blur` takes, in pixels.
static const float sigma_max = 200;

// Gaussian with standard deviation `sigma` pixels; beyond an edge the picture goes on with the edge's own pixels.
bool blur(struct picture *picture, float sigma);
