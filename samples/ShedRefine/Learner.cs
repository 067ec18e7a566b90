using ModelRuntime;
using ModelRuntime.Decoders;
using ModelRuntime.Tasks;
using ModelRuntime.Tokenizers;
using ModelRuntime.Training;

namespace ShedRefine;

/// <summary>Lets the models of the zoo learn records and measures them on the test questions. Each call has a model of its own, on one thread.</summary>
internal sealed class Learner(StudySettings settings, string models)
{
    /// <summary>The model that records are valued with.</summary>
    public const string Base = "a-base";

    /// <summary>A model of another family, which took no part in the valuation.</summary>
    public const string Other = "b-base";

    /// <summary>Gets the zoo's tokenizer: a token for each character.</summary>
    public static CharacterTokenizer Tokenizer { get; } = new();

    /// <summary>Gets the test questions: the first of each evaluation set.</summary>
    public IReadOnlyList<TaskExample> Test { get; } =
        [.. StringTask.All.SelectMany(task => TaskFile.Load(Path.Combine(models, "eval", $"{task.Name}.jsonl")).Take(settings.TestQuestions))];

    public static TrainingExample Example(TaskExample example) => TrainingExample.FromText(Tokenizer, example.Prompt, example.Answer);

    public string PathOf(string model) => Path.Combine(models, model);

    /// <summary>Trains and measures.</summary>
    /// <param name="name">The model.</param>
    /// <param name="records">The records; none for the model as it is.</param>
    /// <param name="seed">The seed of factors and order.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Exact matches and negative log-likelihood, each a mean over tasks.</returns>
    public (double ExactMatch, double NegativeLogLikelihood) Learn(string name, IReadOnlyList<TaskExample> records, ulong seed, CancellationToken cancellationToken)
    {
        using DecoderModel model = DecoderModel.Load(PathOf(name), new RuntimeOptions { Threads = 1 });
        if (records.Count > 0)
        {
            IReadOnlyList<Parameter> factors = model.AttachLora(settings.Lora, seed);
            new DecoderTrainer(model, factors, settings.FinalTraining with { Seed = seed }).Train([.. records.Select(Example)], cancellationToken: cancellationToken);
        }

        IReadOnlyList<TaskScore> scores = TaskScore.Of(AnswerScorer.Score(model, Tokenizer, Test, cancellationToken));
        return (scores.Average(score => score.ExactMatch), scores.Average(score => score.NegativeLogLikelihood));
    }
}
