# SPDX-License-Identifier: GPL-2.0-only
"""Holds reports against what is known to be true.

Every check is a function of parsed rows that returns a list of complaints:
sentences that name the row and both figures. An empty list is a pass.
"""
