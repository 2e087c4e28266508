/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/cursor.h"

#include <errno.h>

int writer_finish(const struct writer *w)
{
        return w->failed ? -EMSGSIZE : (int)w->len;
}
