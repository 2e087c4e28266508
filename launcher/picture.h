/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdio.h>

#include "podgraft/podnet.h"

/** picture_before_after() - the pod's wiring without and with the graft, in line art */
void picture_before_after(FILE *out, const struct podnet *net);

/** picture_wiring() - the graft as it stands */
void picture_wiring(FILE *out, const struct podnet *net);
