using ModelTensors.Devices;

namespace ModelTensors.Benchmarks;

/// <summary>The programs of passes that merges run, over a base (0) and three models, and how many tensors a copy of the same mix reads.</summary>
internal sealed record PassProgram(string Name, int CopyInputs, Action<TensorDevice, PassTensors> Run)
{
    private const double Density = 0.5;

    public static IReadOnlyList<PassProgram> All { get; } =
    [
        new("linear of 3", 3, (device, tensors) => Map(device, tensors, [1, 2, 3], new WeightedSumMap((0, 0.3), (1, 0.3), (2, 0.4)))),
        new("task arithmetic of base + 3", 4, (device, tensors) => Map(device, tensors, [0, 1, 2, 3], Vectors(Sparsifier.KeepAll) with { Consensus = Consensus.None })),
        new("Gram of 2", 2, (device, tensors) => Open(device, tensors, [0, 1], session => session.Gram([0, 1]))),
        new("slerp (Gram, weighted sum)", 2, (device, tensors) => Open(device, tensors, [0, 1], session =>
        {
            session.Gram([0, 1]);
            session.Map(new WeightedSumMap((0, 0.3), (1, 0.7)), tensors.Output.Sink);
        })),
        new("selection of 3", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session => Select(session))),
        new("TIES of base + 3", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
        {
            IReadOnlyList<MagnitudeSelection> selections = Select(session);
            session.Map(Vectors([.. selections.Select(Sparsifier.KeepSelected)]) with { Normalize = true }, tensors.Output.Sink);
        })),
        new("magnitudes of 3, random", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session => session.SumMagnitudes(RandomVectors().Vectors, 0))),
        new("DARE-TIES of base + 3", 4, (device, tensors) => Map(device, tensors, [0, 1, 2, 3], RandomVectors())),
        new("DARE-TIES, l1 rescale", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
        {
            session.SumMagnitudes(RandomVectors().Vectors, 0);
            session.Map(RandomVectors(), tensors.Output.Sink);
        })),
        new("ranks of 3, in rows of 4,096", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session => session.RankRows([1, 2, 3], (_, _, _) => { }, 0))),
        new("DELLA of base + 3, probability rescale", 4, (device, tensors) => Map(device, tensors, [0, 1, 2, 3], RankedVectors(rescale: true))),
        new("DELLA, l1 rescale", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
        {
            session.SumMagnitudes(RankedVectors(rescale: false).Vectors, 0);
            session.Map(RankedVectors(rescale: false), tensors.Output.Sink);
        })),
    ];

    private static TaskVectorMap RankedVectors(bool rescale) =>
        Vectors([.. Enumerable.Range(0, 3).Select(i => Sparsifier.KeepByRank(new PhiloxKey((uint)i, 7), Density, 0.15, rescale))]) with { Normalize = true };

    private static TaskVectorMap RandomVectors() =>
        Vectors([.. Enumerable.Range(0, 3).Select(i => Sparsifier.KeepRandom(new PhiloxKey((uint)i, 7), Density))]);

    private static TaskVectorMap Vectors(params Sparsifier[] sparsifiers) => new(0,
        [.. Enumerable.Range(0, 3).Select(i => new TaskVector(i + 1, 0.3, sparsifiers[i % sparsifiers.Length]))])
    {
        Consensus = Consensus.WeightedSign,
    };

    private static IReadOnlyList<MagnitudeSelection> Select(TensorSession session)
    {
        long count = session.Segments.ElementCount;
        return session.SelectLargest([new(1, count / 2), new(2, count / 5), new(3, count / 3)], 0);
    }

    private static void Map(TensorDevice device, PassTensors tensors, int[] inputs, MapPass pass) =>
        Open(device, tensors, inputs, session => session.Map(pass, tensors.Output.Sink));

    private static void Open(TensorDevice device, PassTensors tensors, int[] inputs, Action<TensorSession> run)
    {
        using TensorSession session = device.Open(tensors.Sources(inputs));
        run(session);
    }
}
