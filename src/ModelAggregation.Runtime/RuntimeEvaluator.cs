using ModelAggregation.Evaluation;
using ModelAggregation.Evaluation.Tasks;
using ModelAggregation.Mixture.Text;
using ModelRuntime;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>Makes evaluators that run candidates in ModelRuntime.</summary>
public static class RuntimeEvaluator
{
    /// <summary>Creates an evaluator, of models and of routed models (<see cref="RoutedModelFolder"/>). It may evaluate several candidates at once, each in a model of its own.</summary>
    /// <param name="tasks">The tasks; at least one, each of another name.</param>
    /// <param name="tokenizer">The tokenizer of all candidates; when null, each candidate's own.</param>
    /// <param name="runtime">Where to compute; the defaults when null. For tiny models, one thread and several candidates at once are fastest.</param>
    /// <param name="progress">Is told after each batch of questions, from whatever thread evaluates.</param>
    /// <exception cref="ArgumentException">There are no tasks, or two of one name.</exception>
    public static LanguageModelEvaluator Create(
        IReadOnlyList<LanguageModelTask> tasks, ITokenizer? tokenizer = null, RuntimeOptions? runtime = null, IProgress<EvaluationProgress>? progress = null) =>
        new(new RoutedLanguageModelFactory(new RuntimeLanguageModelFactory(tokenizer, runtime), new RuntimeHiddenStatesFactory(tokenizer, runtime)), tasks, progress);
}
