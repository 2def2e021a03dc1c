"""The committee's desk: cases with deadlines, decisions that every named party signs, agenda and calendar."""
