using System.Globalization;
using LoraFederation.Aggregators;
using LoraFederation.LowRank;
using ModelTensors;
using ModelTensors.Adapters;

namespace LoraFederation.Rounds;

/// <summary>
/// Splits the last aggregate, whose components are ordered, for a client of rank r: the first r become the adapter that it trains, with its own scaling, the
/// others stay frozen. <c>W + s B A + frozen = W + ΔW</c> for every rank (flora.md, 1.6).
/// </summary>
internal sealed class WarmStarts(RunContext context)
{
    public const string Trained = "adapter";
    public const string Frozen = "frozen";

    /// <summary>Returns the folder of both parts, <see cref="Trained"/> and, where anything is left, <see cref="Frozen"/>; clients of one rank and alpha share it.</summary>
    public string FolderOf(int round, int rank, double alpha) =>
        context.Folder.InRound(round, RunFolder.Start, string.Create(CultureInfo.InvariantCulture, $"rank-{rank}-alpha-{alpha}"));

    /// <summary>Writes what clients of a round start from.</summary>
    public void Prepare(int round, IEnumerable<FederatedClient> clients, ManifestCumulative previous, CancellationToken cancellationToken)
    {
        using LoraAdapter aggregate = LoraAdapter.Open(context.Folder.InRound(round - 1, RunFolder.Global));
        HashSet<string> zero = new(previous.Modules.Where(module => module.Rank == 0).Select(module => module.Path), StringComparer.Ordinal);
        LoraAdapterWriterOptions options = new()
        {
            BaseModel = aggregate.Config.BaseModel,
            TaskType = aggregate.Config.TaskType,
            IsFanInFanOut = aggregate.Config.IsFanInFanOut,
            Overwrite = true,
        };
        foreach ((int rank, double alpha) in clients.Select(client => (client.Rank, client.Alpha)).Distinct())
        {
            string folder = FolderOf(round, rank, alpha);
            List<WarmStart> starts = [];
            try
            {
                List<LoraModule> trained = [];
                List<LoraModule> frozen = [];
                foreach (LoraModule module in aggregate.Modules)
                {
                    WarmStart start = Split(module, zero.Contains(module.Path), rank, alpha / rank, Philox.DeriveKey(context.Options.Seed, module.Path, $"start {round}"));
                    starts.Add(start);
                    ModuleContributions shape = new([new Contribution(string.Empty, 1, module)]);
                    TensorSource? bias = module.Bias is null ? null : ConvertedSource.Of(module.Bias, DataType.F32, (float)(rank / alpha));
                    trained.Add(shape.CreateModule(start.Trainable.A.Source, start.Trainable.B.Source, bias, alpha / rank));
                    if (start.FrozenRight.Shape[0] > 0)
                    {
                        frozen.Add(shape.CreateModule(start.FrozenRight.Source, start.FrozenLeft.Source));
                    }
                }

                new LoraAdapter(trained, aggregate.WholeTensors, options).Save(Path.Combine(folder, Trained), context.Device, options, cancellationToken);
                if (frozen.Count > 0)
                {
                    new LoraAdapter(frozen, null, options).Save(Path.Combine(folder, Frozen), context.Device, options, cancellationToken);
                }
            }
            finally
            {
                starts.ForEach(start => start.Dispose());
            }
        }
    }

    private static WarmStart Split(LoraModule module, bool isZero, int rank, double scaling, PhiloxKey key)
    {
        using LowRankSum sum = new([new LowRankTerm(module, 1)]);
        int components = isZero ? 0 : sum.Rank;

        // The components are in order already, as the aggregate was written; how large each is does not matter to the split. The factors are the sum's.
        OrderedFactors factors = new(sum.Left, sum.Right, new double[components], 0);
        return WarmStart.Create(factors, rank, scaling, key);
    }

    /// <summary>Returns some components of a module whose scaling is one.</summary>
    public static LoraModule Part(LoraModule module, int start, int length) => new(
        module.Path,
        module.Kind,
        SlicedSource.Of(module.A, 0, start, length),
        SlicedSource.Of(module.B, 1, start, length),
        isTransposed: module.IsTransposed);
}
