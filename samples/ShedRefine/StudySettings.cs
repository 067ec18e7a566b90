using ModelRuntime.Training;

namespace ShedRefine;

/// <summary>How large the study is.</summary>
internal sealed record StudySettings
{
    public required int Seeds { get; init; }

    /// <summary>Gets the number of records: four tenths useful, three redundant, three poisoned.</summary>
    public required int Records { get; init; }

    public required int Clusters { get; init; }

    /// <summary>Gets the number of evaluations of each way to value.</summary>
    public required int Evaluations { get; init; }

    /// <summary>Gets how many proxies SHED lets leave at once.</summary>
    public int GroupSize { get; init; } = 4;

    /// <summary>Gets the questions of each task that coalitions are measured on.</summary>
    public int ValidationQuestions { get; init; } = 20;

    /// <summary>Gets the questions of each task that kept records are measured on; other ones.</summary>
    public required int TestQuestions { get; init; }

    public double[] Kept { get; init; } = [0.1, 0.2, 0.5];

    /// <summary>Gets how a coalition of proxies is learnt: as many steps whatever its size.</summary>
    public TrainingOptions ProxyTraining { get; init; } = new() { Steps = 15, BatchSize = 16, LearningRate = 5e-3 };

    /// <summary>Gets how the kept records are learnt: as many steps whatever their number.</summary>
    public required TrainingOptions FinalTraining { get; init; }

    public LoraOptions Lora { get; init; } = new() { Rank = 8 };

    public static StudySettings Full { get; } = new()
    {
        Seeds = 5,
        Records = 1000,
        Clusters = 40,
        Evaluations = 200,
        TestQuestions = 100,
        FinalTraining = new TrainingOptions { Steps = 60, BatchSize = 32, LearningRate = 5e-3 },
    };

    public static StudySettings Quick { get; } = new()
    {
        Seeds = 2,
        Records = 300,
        Clusters = 16,
        Evaluations = 32,
        TestQuestions = 20,
        FinalTraining = new TrainingOptions { Steps = 20, BatchSize = 16, LearningRate = 5e-3 },
    };
}
