/** The name of the value that holds the teacher's logits, in the network of a run that has a teacher. */
export const TEACHER_LOGITS = 'distillation/teacher'
