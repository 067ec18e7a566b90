using ModelAggregation.Evaluation;

namespace ModelAggregation.Tests.Evaluation;

/// <summary>A language model of characters that a hash decides on: each has a probability after the two before it, and the end has one too.</summary>
internal sealed class CharacterModel(uint seed) : ILanguageModel
{
    public const char End = '\u0003';

    private const string Alphabet = " abcdefghijklmnopqrstuvwxyz.0123456789" + "é😀ABC,$#";

    private static readonly string[] Characters = [.. Alphabet.EnumerateRunes().Select(rune => rune.ToString()), End.ToString()];

    public int Disposals { get; private set; }

    public ValueTask<IReadOnlyList<LogLikelihood>> LogLikelihoodAsync(IReadOnlyList<LogLikelihoodRequest> requests, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<LogLikelihood>>([.. requests.Select(request => Score(request.Context, request.Ends ? request.Continuation + End : request.Continuation))]);

    public ValueTask<IReadOnlyList<LogLikelihood>> RollingLogLikelihoodAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<LogLikelihood>>([.. texts.Select(text => Score(string.Empty, text))]);

    public ValueTask<IReadOnlyList<Generation>> GenerateAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<Generation>>([.. requests.Select(request => Generate(request.Prompt, request.MaxTokens, request.Stops))]);

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return ValueTask.CompletedTask;
    }

    public LogLikelihood Score(string context, string continuation)
    {
        double sum = 0;
        int count = 0;
        bool isGreedy = true;
        string text = context;
        foreach (string next in Split(continuation))
        {
            double own = LogProbability(text, next);
            sum += own;
            isGreedy &= Likeliest(text).LogProbability <= own;
            text += next;
            count++;
        }

        return new LogLikelihood(sum, count, isGreedy);
    }

    public Generation Generate(string prompt, int maxTokens, IReadOnlyList<string> stops)
    {
        string text = string.Empty;
        for (int i = 0; i < maxTokens; i++)
        {
            string next = Likeliest(prompt + text).Character;
            if (next[0] == End)
            {
                return new Generation(text, GenerationEnd.Stopped);
            }

            text += next;
            if (stops.FirstOrDefault(stop => text.EndsWith(stop, StringComparison.Ordinal)) is { } found)
            {
                return new Generation(text[..^found.Length], GenerationEnd.Stopped);
            }
        }

        return new Generation(text, GenerationEnd.Length);
    }

    public double LogProbability(string before, string next) => Weight(before, next) - Math.Log(Characters.Sum(character => Math.Exp(Weight(before, character))));

    public (string Character, double LogProbability) Likeliest(string before)
    {
        string likeliest = Characters.MaxBy(character => Weight(before, character))!;
        return (likeliest, LogProbability(before, likeliest));
    }

    public static IEnumerable<string> Split(string text) => text.EnumerateRunes().Select(rune => rune.ToString());

    private double Weight(string before, string next)
    {
        uint hash = 2166136261 ^ seed;
        foreach (char c in $"{(before.Length > 2 ? before[^2..] : before)}|{next}")
        {
            hash = (hash ^ c) * 16777619;
            hash ^= hash >> 15;
        }

        return (hash % 1000) / 200.0;
    }
}
