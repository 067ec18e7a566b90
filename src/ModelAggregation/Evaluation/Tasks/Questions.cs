namespace ModelAggregation.Evaluation.Tasks;

/// <summary>Puts questions to a model in batches, and checks its answers.</summary>
internal static class Questions
{
    // Enough for a model to sort by length and fill its batches, few enough to see progress and to stop in.
    private const int BatchSize = 256;

    /// <summary>Asks for log-probabilities.</summary>
    /// <exception cref="EvaluationException">An answer is missing, or is no log-probability.</exception>
    public static ValueTask<LogLikelihood[]> AskAsync(
        ILanguageModel model, IReadOnlyList<LogLikelihoodRequest> requests, string task, IProgress<TaskProgress>? progress, CancellationToken cancellationToken) =>
        AskAsync(requests, model.LogLikelihoodAsync, (answer, request) => Check(answer, request.Continuation, task), task, progress, cancellationToken);

    /// <summary>Asks for the log-probabilities of whole texts.</summary>
    /// <exception cref="EvaluationException">An answer is missing, or is no log-probability.</exception>
    public static ValueTask<LogLikelihood[]> AskRollingAsync(
        ILanguageModel model, IReadOnlyList<string> texts, string task, IProgress<TaskProgress>? progress, CancellationToken cancellationToken) =>
        AskAsync(texts, model.RollingLogLikelihoodAsync, (answer, text) => Check(answer, text, task), task, progress, cancellationToken);

    /// <summary>Asks for continuations.</summary>
    /// <exception cref="EvaluationException">An answer is missing.</exception>
    public static ValueTask<Generation[]> AskAsync(
        ILanguageModel model, IReadOnlyList<GenerationRequest> requests, string task, IProgress<TaskProgress>? progress, CancellationToken cancellationToken) =>
        AskAsync(requests, model.GenerateAsync, (_, _) => { }, task, progress, cancellationToken);

    private static async ValueTask<TAnswer[]> AskAsync<TQuestion, TAnswer>(
        IReadOnlyList<TQuestion> questions,
        Func<IReadOnlyList<TQuestion>, CancellationToken, ValueTask<IReadOnlyList<TAnswer>>> ask,
        Action<TAnswer, TQuestion> check,
        string task,
        IProgress<TaskProgress>? progress,
        CancellationToken cancellationToken)
    {
        List<TAnswer> answers = new(questions.Count);
        foreach (TQuestion[] batch in questions.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<TAnswer> answered = await ask(batch, cancellationToken).ConfigureAwait(false);
            if (answered.Count != batch.Length)
            {
                throw new EvaluationException(EvaluationError.AnswerInvalid, $"Task '{task}': the model gave {answered.Count} answers to {batch.Length} questions.", task: task);
            }

            for (int i = 0; i < batch.Length; i++)
            {
                check(answered[i], batch[i]);
            }

            answers.AddRange(answered);
            progress?.Report(new TaskProgress(answers.Count, questions.Count));
        }

        return [.. answers];
    }

    private static void Check(LogLikelihood answer, string text, string task)
    {
        if (!double.IsFinite(answer.LogProbability))
        {
            throw new EvaluationException(
                EvaluationError.NotFinite, $"Task '{task}': the log-probability of '{Excerpt.Of(text)}' is {answer.LogProbability}: the model's weights or logits are not finite.", task: task);
        }

        if (answer.LogProbability > 0 || answer.TokenCount < 1)
        {
            throw new EvaluationException(
                EvaluationError.AnswerInvalid,
                $"Task '{task}': the log-probability of '{Excerpt.Of(text)}' is {answer.LogProbability:R} over {answer.TokenCount} tokens; it is not above zero, of at least one.",
                task: task);
        }
    }
}
