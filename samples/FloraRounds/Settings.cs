namespace FloraRounds;

/// <summary>How much is done.</summary>
/// <param name="Seeds">The number of seeds: of what each client's adapter begins with and the order of its examples.</param>
/// <param name="Rounds">The rounds of each run.</param>
/// <param name="Steps">The steps that each client trains in a round.</param>
/// <param name="Questions">The questions of each task that the server's model is asked after a round.</param>
/// <param name="Output">The folder of the runs and the report.</param>
internal sealed record Settings(int Seeds, int Rounds, int Steps, int Questions, string Output)
{
    public const int BatchSize = 32;
    public const double LearningRate = 5e-3;

    public static Settings Full(string output) => new(Seeds: 5, Rounds: 4, Steps: 15, Questions: 100, output);

    public static Settings Quick(string output) => new(Seeds: 2, Rounds: 2, Steps: 6, Questions: 25, output);
}
