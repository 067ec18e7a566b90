using ModelRuntime.Training;

namespace ShedRefine;

/// <summary>How large the study is.</summary>
internal sealed record StudySettings
{
    /// <summary>Gets what the files of this size are kept under.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how long it takes on two cores.</summary>
    public required string ExpectedTime { get; init; }

    /// <summary>Gets the number of seeds, each with data, clusters, values, choices and trainings of its own.</summary>
    public required int Seeds { get; init; }

    /// <summary>Gets the number of seeds of the set whose wrong answers look like right ones.</summary>
    public required int HiddenSeeds { get; init; }

    /// <summary>Gets the number of records: four tenths useful, three redundant, three poisoned.</summary>
    public required int Records { get; init; }

    /// <summary>Gets the number of clusters, each with one proxy.</summary>
    public required int Clusters { get; init; }

    /// <summary>Gets the number of evaluations that each way to value may ask for.</summary>
    public required int Evaluations { get; init; }

    /// <summary>Gets how many proxies SHED lets leave at once.</summary>
    public required int GroupSize { get; init; }

    /// <summary>Gets the questions of each task that kept records are measured on.</summary>
    public required int TestQuestions { get; init; }

    /// <summary>Gets how the kept records are learnt: as many steps whatever their number.</summary>
    public required TrainingOptions FinalTraining { get; init; }

    /// <summary>Gets how a coalition of proxies is learnt: as many steps whatever its size.</summary>
    public TrainingOptions ProxyTraining { get; } = new() { Steps = 15, BatchSize = 16, LearningRate = 5e-3 };

    /// <summary>Gets the number of other questions, of all tasks, that coalitions are measured on.</summary>
    public int ValidationQuestions { get; } = 80;

    /// <summary>Gets the shares of the records that are kept.</summary>
    public IReadOnlyList<double> Kept { get; } = [0.1, 0.2, 0.5];

    /// <summary>Gets how much the value of a cluster decides: twice the standard deviation is e⁴ to 1.</summary>
    public double Strength { get; } = 2;

    public LoraOptions Lora { get; } = new() { Rank = 8 };

    public static StudySettings Full { get; } = new()
    {
        Name = "full",
        ExpectedTime = "five to eight minutes",
        Seeds = 5,
        HiddenSeeds = 3,
        Records = 1000,
        Clusters = 40,
        Evaluations = 160,
        GroupSize = 4,
        TestQuestions = 100,
        FinalTraining = new TrainingOptions { Steps = 60, BatchSize = 32, LearningRate = 5e-3 },
    };

    public static StudySettings Quick { get; } = new()
    {
        Name = "quick",
        ExpectedTime = "half a minute",
        Seeds = 2,
        HiddenSeeds = 0,
        Records = 300,
        Clusters = 16,
        Evaluations = 32,
        GroupSize = 3,
        TestQuestions = 20,
        FinalTraining = new TrainingOptions { Steps = 20, BatchSize = 16, LearningRate = 5e-3 },
    };
}
