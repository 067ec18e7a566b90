using System.Globalization;

namespace FloraRounds;

/// <summary>What is said about the experiment, in the console and in the report.</summary>
internal static class Words
{
    public static string Setting(Settings settings, Materials materials) => string.Create(
        CultureInfo.InvariantCulture,
        $"Ten clients with {materials.Clients.Min(client => client.Count)} to {materials.Clients.Max(client => client.Count)} examples, each nearly all of one task, "
        + $"and adapters of rank {string.Join(", ", Method.Ranks)} on q_proj and v_proj of a model of 329,376 parameters. {settings.Rounds} rounds of {settings.Steps} steps "
        + $"(AdamW, batches of {Settings.BatchSize}, learning rate {Settings.LearningRate:0.###} falling as a cosine), weighted by examples; all fresh adapters of a round begin with the same A, of which lower ranks have the first rows; "
        + $"{materials.Questions.Count} questions that nobody trained on. Intervals are 95 % by Student's t over {settings.Seeds} seeds.");

    public static IReadOnlyList<string> Limits { get; } =
    [
        "Exact match is the share of questions that greedy decoding answers to the letter, averaged over four tasks; loss is the negative log-likelihood of the right answer in nats.",
        "Noise is the distance of what the server makes from the weighted sum of what the clients trained, over the norm of that sum. With merging and fresh adapters it is that of one "
            + "round's step; where training goes on with the aggregate, that of all that was learnt so far. FlexLoRA's is the server's: what its clients go on with is cut to their ranks.",
        "Bytes are those of the files, with headers, both ways and for all clients. A merged or stacked aggregate carries the ranks of all clients; its cost grows with their number.",
        "The seeds differ in what adapters begin with and in the order of examples; data and questions are the same for all. The intervals say nothing about other data or other questions.",
        "FedIT needs one rank for all, so its clients train other adapters: about as many parameters in all, but more for small clients and fewer for large ones. One learning rate serves all "
            + "methods and was tuned for none.",
        "A model of 330 thousand parameters on toy strings shows that the mechanism works and how large the noise is. It is no evidence about large language models.",
    ];
}
