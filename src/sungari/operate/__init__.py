"""Operate: the joint project register – what the parties keep together about their projects, and how these move."""

from sungari.operate import register

__all__ = ["register"]
