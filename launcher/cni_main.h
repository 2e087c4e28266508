/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/** cni_main() - podgraft-cni; Return: the exit status */
int cni_main(void);
