/** What a process answers to a task. */
export type TaskAnswer<Outcome> = { readonly outcome: Outcome } | { readonly failed: unknown };

/** What a program of `openProcess` does: answers the tasks that come, for as long as whoever started it is there. */
export function answerTasks<Task, Outcome>(work: (task: Task) => Promise<Outcome>): void {
  process.on('message', (task) => {
    Promise.resolve(task as Task)
      .then(work)
      .then(
        (outcome) => process.send?.({ outcome } satisfies TaskAnswer<Outcome>),
        (failed: unknown) => process.send?.({ failed } satisfies TaskAnswer<Outcome>),
      );
  });
}
