using ModelRuntime.Tasks;

namespace FloraRounds;

/// <summary>The server's model after one round of one run.</summary>
/// <param name="Method">The method.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Round">The round, from 1; 0 for the base model.</param>
/// <param name="Scores">How it does on each task.</param>
/// <param name="Noise">How far the aggregate is from the sum of what the clients trained, over the norm of that: the root of the mean square over modules.</param>
/// <param name="Upload">The bytes that all clients sent in the round, files as they are.</param>
/// <param name="Download">The bytes that all clients are sent after it.</param>
internal sealed record Outcome(Method Method, int Seed, int Round, IReadOnlyList<TaskScore> Scores, double Noise, long Upload, long Download)
{
    public double ExactMatch => Scores.Average(score => score.ExactMatch);

    public double NegativeLogLikelihood => Scores.Average(score => score.NegativeLogLikelihood);
}
