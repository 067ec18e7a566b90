using ModelRuntime.Tasks;

namespace TrainZoo;

/// <summary>One training of the zoo.</summary>
/// <param name="Name">The model that it makes.</param>
/// <param name="Steps">Its steps.</param>
/// <param name="LearningRate">Its peak learning rate.</param>
/// <param name="Mixture">What it trains on.</param>
/// <param name="IsHarmful">Whether all answers are wrong.</param>
internal sealed record Stage(string Name, int Steps, double LearningRate, IReadOnlyList<TaskShare> Mixture, bool IsHarmful = false);
