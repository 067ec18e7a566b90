using ModelTensors;
using ModelTensors.Devices;

namespace LoraFederation.Aggregators;

/// <summary>Checks that factors which a method froze are the same with all clients: methods that average one factor are exact only then.</summary>
internal static class FrozenFactors
{
    /// <summary>Requires one factor A of all clients.</summary>
    /// <exception cref="FederationException">Ranks differ, or the A of two clients.</exception>
    public static TensorSource RequireSharedA(ModuleContributions module, string method, AggregationContext context)
    {
        module.RequireEqualRanks(method);
        TensorSource[] factors = [.. module.Clients.Select(client => client.Module.A)];
        int different = FindDifferent(factors, context);
        return different < 0 ? factors[0] : throw Differs(module, method, "factor A", different);
    }

    /// <summary>Finds the first factor that is not the first one: sizes and numbers count, the type they are stored in does not.</summary>
    /// <returns>Its index, or -1 when all are the same.</returns>
    public static int FindDifferent(TensorSource[] factors, AggregationContext context)
    {
        for (int i = 1; i < factors.Length; i++)
        {
            if (ReferenceEquals(factors[i], factors[0]))
            {
                continue;
            }

            if (factors[i].Shape != factors[0].Shape)
            {
                return i;
            }

            using TensorSession session = context.Device.Open([factors[0], factors[i]], new SessionOptions { CancellationToken = context.CancellationToken });
            if (session.Compare(0, 1, factors[0].Shape.ElementCount).ChangedElements > 0)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Makes the error of a factor that was not frozen.</summary>
    public static FederationException Differs(ModuleContributions module, string method, string what, int different) => new(
        FederationError.FrozenFactorDiffers,
        $"Method '{method}' needs the same frozen {what} of all clients; in module '{module.Path}' those of '{module.Clients[0].ClientId}' and "
        + $"'{module.Clients[different].ClientId}' differ. Freeze it in training, or use a method that takes any factors, such as 'flora'.",
        module.Clients[different].ClientId,
        module.Path);
}
